import type { Hit } from './finding.ts'
import { accessKeyIds, secretAccessKeys, sessionTokens } from './rules-aws.ts'
import { eksTokens, kubeconfigCredentials, registryLogins, serviceAccountTokens } from './rules-kubernetes.ts'

/** What the engine's own rules miss (facts aws, 10.1). Hits may overlap. */
export function ownHits(text: string): readonly Hit[] {
  return [
    accessKeyIds,
    secretAccessKeys,
    sessionTokens,
    registryLogins,
    eksTokens,
    serviceAccountTokens,
    kubeconfigCredentials,
  ].flatMap((find) => find(text))
}
