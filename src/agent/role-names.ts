// A role as people write it: its name, with a path or without, or its ARN.

/** As IAM has them: 64 letters of a name, 512 of a path, and an ARN around both. */
const roleShape = /^(?:arn:aws[a-z-]*:iam::\d{12}:role\/|\/)?(?:[!-9;-~]{1,512}\/)?[\w+=,.@-]{1,64}$/

/** Whether it is the name or the ARN of a role. No part of a path is empty: two spellings would be one role. */
export const isRole = (text: string): boolean =>
  text.length <= 700 && roleShape.test(text) && !text.includes('//')

/** Whether it means to be complete. */
export const isArn = (role: string): boolean => role.startsWith('arn:')

/** A name is completed as kube2iam does it, and a slash before it goes as kiam has it (arn_resolver.go). */
export function arnOf(role: string, baseRoleArn: string | undefined): string | undefined {
  if (isArn(role)) return role
  return baseRoleArn === undefined ? undefined : `${baseRoleArn}${bare(role)}`
}

const bare = (role: string): string => role.replace(/^\//, '')

/** What a role goes by: as it is written, without the slash that means nothing, and whole, where that is known. */
export function spellingsOf(role: string, baseRoleArn: string | undefined): readonly string[] {
  const arn = arnOf(role, baseRoleArn)
  return arn === undefined ? [bare(role)] : [...new Set([bare(role), arn])]
}

/** kiam, pkg/aws/sts/cache.go: cut first, and what AWS does not take made a hyphen. */
export function kiamSessionName(text: string): string {
  const name = `kiam-${text}`
  return (name.length > 64 ? name.slice(0, 63) : name).replaceAll(/[^\w+=,.@-]/g, '-')
}
