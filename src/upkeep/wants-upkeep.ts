import type { AwsSpec } from '../profile/profile.ts'

/** Whether a profile asks for anything of AWS in its cluster: private images, or keys for pods. */
export function wantsUpkeep(aws: AwsSpec | undefined): aws is AwsSpec {
  return aws?.ecr !== undefined || aws?.roles !== undefined
}
