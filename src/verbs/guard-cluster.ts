import type { Finding, Lint } from '../guard/finding.ts'
import { type LiveText, liveKinds, liveTexts, type OwnKeys, ownKeysOf } from '../guard/live.ts'
import type { Scan } from '../guard/scan.ts'
import { scanText } from '../guard/scan-text.ts'
import { callTimeoutMs, getArgs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import { refsOf } from '../plan/compile.ts'
import { nothingToScan } from '../problems/guard.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { prepare } from './prepare.ts'
import type { Session } from './session.ts'

/**
 * Looks at what runs in the local cluster: keys in the manifests of pods, in ConfigMaps, and in Secrets that are not
 * devk8s' own. Containers that bring keys of their own are told of whatever the keys are, since devk8s leaves them alone.
 * @throws DevK8sError DK5094 when there is no cluster; what kubectl met with when it did not answer.
 */
export async function scanCluster(
  session: Session,
  lint: Lint,
): Promise<Scan & { readonly ownKeys: readonly OwnKeys[] }> {
  const { ports, signal } = session
  const input = await prepare(session, { manifests: 'unread' })
  const name = input.loaded.profile.cluster.name
  if (input.facts.existing === undefined)
    fail(nothingToScan, { detail: `The cluster ${name} has not been made yet.`, next: ['devk8s up'] })
  const { kubectl } = refsOf(input)
  const command = kubectlCommand(kubectl, getArgs(liveKinds), { changes: false })
  const read = parseObjects(await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal }), kubectl)
  if ('problem' in read) throw new DevK8sError(read.problem)
  const ownKeys = ownKeysOf(read.objects)
  for (const { holder, variables } of ownKeys) {
    const text = `${holder} brings its own AWS keys (${variables.join(', ')}); devk8s leaves it alone.`
    session.emit({ type: 'note', level: 'warning', text })
  }
  const texts = liveTexts(read.objects)
  const findings: (readonly Finding[])[] = []
  for (const each of texts) findings.push(await findingsOf(each, lint))
  return { findings: findings.flat(), read: texts.length, skipped: [], ownKeys }
}

async function findingsOf(
  { holder, text, hasLines, only }: LiveText,
  lint: Lint,
): Promise<readonly Finding[]> {
  const found = await scanText(holder, text, lint)
  return found
    .filter(({ kind }) => only?.has(kind) !== false)
    .map((finding) => (hasLines ? finding : { ...finding, line: 0, column: 0 }))
}
