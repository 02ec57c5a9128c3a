import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { IdentityView } from './identity-corpus.ts'

/**
 * What EKS's own webhook (amazon-eks-pod-identity-webhook, commit 3bf80a34 of 2026-08-11, behind release 0.6.9) made of the
 * pods of the identity corpus, by name. It ran as EKS runs it, with `--sts-regional-endpoint` and
 * `--aws-default-region=eu-central-1`, and with `--container-credentials-full-uri` set to the agent's; in the mode
 * `pod-identity` every service account with a role was in its list of associations, in `web-identity` none.
 */
export async function recordedWebhook(
  mode: 'pod-identity' | 'web-identity',
): Promise<Readonly<Record<string, IdentityView>>> {
  const folder = '../fixtures/transcripts/eks-pod-identity-webhook/0.6.9-3bf80a34'
  const text = await readFile(resolve(import.meta.dirname, folder, `${mode}.json`), 'utf8')
  return JSON.parse(text) as Readonly<Record<string, IdentityView>>
}
