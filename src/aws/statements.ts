import { parseArn } from './arn.ts'

/** A statement of an IAM policy, in JSON of several lines, to be given to whoever runs the account. */
export function allowStatement(action: string, resource: string): string {
  return shown({ Effect: 'Allow', Action: action, Resource: resource })
}

/**
 * The statement that a role's trust policy lacks, for the caller that STS named in its refusal; undefined when the text
 * names none. An assumed role's ARN tells its role without the path, which those of IAM Identity Center have, so they
 * are let in by account and a pattern (IAM Identity Center user guide, "Referencing permission sets in resource policies").
 */
export function trustStatement(message: string): string | undefined {
  const caller = /\bUser: (arn:[\w:/+=,.@-]+)/.exec(message)?.[1]
  const arn = caller === undefined ? undefined : parseArn(caller)
  if (arn === undefined) return undefined
  const { partition, account, resource } = arn
  const [kind = '', role = ''] = resource.split('/')
  const of = (name: string) => `arn:${partition}:iam::${account}:${name}`
  const allow = { Effect: 'Allow', Action: 'sts:AssumeRole' }
  if (kind !== 'assumed-role') return shown({ ...allow, Principal: { AWS: caller } })
  if (!role.startsWith('AWSReservedSSO_')) {
    return shown({ ...allow, Principal: { AWS: of(`role/${role}`) } })
  }
  const pattern = of(`role/aws-reserved/sso.amazonaws.com/*/${role.replace(/_[0-9a-f]+$/, '_*')}`)
  return shown({
    ...allow,
    Principal: { AWS: of('root') },
    Condition: { ArnLike: { 'aws:PrincipalArn': pattern } },
  })
}

const shown = (statement: Readonly<Record<string, unknown>>) => JSON.stringify(statement, null, 2)
