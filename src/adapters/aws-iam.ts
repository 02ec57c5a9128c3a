import {
  GetRoleCommand,
  IAMClient,
  type IAMClientConfig,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam'
import type { AwsIdentity, Verdict } from '../ports/aws.ts'
import { imagePushActions } from '../registry/actions.ts'
import { principalOf } from '../registry/principal.ts'

/** AWS's names for "you may not ask this" and "I know nobody of that ARN". */
const unanswered: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'NoSuchEntity',
  'NoSuchEntityException',
  'InvalidInput',
  'InvalidInputException',
])

/**
 * iam:SimulatePrincipalPolicy for the actions that make a push. `allowed` when every one of them is, since a push takes
 * them all; `denied` when one is not; `unknown` when the caller may not ask, or IAM knows nobody of that name.
 * @param identity as sts:GetCallerIdentity gives it. @throws what the SDK threw for anything else.
 */
export async function simulatePush(
  { identity, repositoryArn }: { readonly identity: AwsIdentity; readonly repositoryArn: string },
  options: IAMClientConfig,
  abortSignal: AbortSignal,
): Promise<Verdict> {
  const principal = principalOf(identity.arn)
  if (principal.kind === 'root') return 'allowed'
  if (principal.kind === 'other') return 'unknown'
  const client = new IAMClient(options)
  try {
    // IAM wants the role's own ARN with its path, and the ARN of a session has none.
    const arn =
      principal.kind === 'user' ? principal.arn : await roleArnOf(principal.name, client, abortSignal)
    if (arn === undefined) return 'unknown'
    const { EvaluationResults: results = [] } = await client.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: arn,
        ActionNames: [...pushNeeds],
        ResourceArns: [repositoryArn],
      }),
      { abortSignal },
    )
    if (results.length === 0) return 'unknown'
    return results.every(({ EvalDecision }) => EvalDecision === 'allowed') ? 'allowed' : 'denied'
  } catch (error) {
    if (isUnanswered(error)) return 'unknown'
    throw error
  } finally {
    client.destroy()
  }
}

/** Deleting is another matter: a push does without. */
const pushNeeds = imagePushActions.filter((action) => action !== 'ecr:BatchDeleteImage')

async function roleArnOf(
  name: string,
  client: IAMClient,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const { Role } = await client.send(new GetRoleCommand({ RoleName: name }), { abortSignal })
  return Role?.Arn
}

const isUnanswered = (error: unknown) => error instanceof Error && unanswered.has(error.name)
