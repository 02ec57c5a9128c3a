import type { AwsCredentials, AwsIdentity } from '../ports/aws.ts'
import { attempt, type Opened, stsOptions } from './aws-call.ts'

/** Whose keys are, by the keys themselves: they never change hands, so AWS is asked once for each. */
export interface Owners {
  /** sts:GetCallerIdentity with exactly these keys. */
  of(keys: AwsCredentials, opened: Opened, signal: AbortSignal): Promise<AwsIdentity>
  /** Keys of which AWS has told it with the keys. */
  know(keys: AwsCredentials, owner: AwsIdentity): void
}

export function ownersOfKeys(): Owners {
  const known = new Map<string, Promise<AwsIdentity>>()
  return {
    async of(keys, opened, signal) {
      signal.throwIfAborted()
      const before = known.get(keys.accessKeyId)
      if (before !== undefined) return before
      const asked = askOwner(keys, opened, signal)
      known.set(keys.accessKeyId, asked)
      asked.catch(() => known.delete(keys.accessKeyId))
      return asked
    },
    know: (keys, owner) => void known.set(keys.accessKeyId, Promise.resolve(owner)),
  }
}

async function askOwner(keys: AwsCredentials, opened: Opened, signal: AbortSignal): Promise<AwsIdentity> {
  const call = { ...opened.call, action: 'sts:GetCallerIdentity', what: 'your identity' }
  return attempt(call, opened.room, signal, async (stop) => {
    const { getCallerIdentity } = await import('./aws-sts.ts')
    return getCallerIdentity(await stsOptions(opened, keys, opened.source.roleArn), stop)
  })
}
