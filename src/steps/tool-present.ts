import type { Change, Json } from '../ports/event.ts'
import type { Finding, Runner, Step, StepContext } from '../plan/step.ts'
import { shownAddress } from '../machine/shown-address.ts'
import { DevK8sError } from '../problems/problem.ts'
import { download } from '../tools/download.ts'
import { checkVersion } from '../tools/on-path.ts'
import { isSameFile, parseReceipt, receiptPath, renderReceipt } from '../tools/receipt.ts'
import { hashFile } from '../tools/verify.ts'

type ToolStep = Step<'tool.present'>

/** A program at its pinned version, verified. Looking costs a stat; a user's own program is asked for its version. */
export const runner: Runner<'tool.present'> = {
  lane: 'download',
  settleMs: 0,
  check: ({ want }, context) =>
    want.source === 'path' ? checkOnPath(want, context) : checkManaged(want, context),
  apply,
}

async function checkOnPath(want: ToolStep['want'], context: StepContext): Promise<Finding> {
  const { path, version } = want
  const answer = await context.once(`tool.version:${path}`, () =>
    checkVersion(want.tool, path, version, context.ports.exec, context.signal),
  )
  if ('problem' in answer) return { state: 'blocked', problem: answer.problem }
  return { state: 'ready', detail: { path, source: 'path', version: answer.version } }
}

async function checkManaged(want: ToolStep['want'], { ports, signal }: StepContext): Promise<Finding> {
  const { files } = ports
  const stat = await files.stat(want.path)
  if (stat === undefined) return absent(want)
  const receipt = parseReceipt(await files.readText(receiptPath(want.path)))
  const expected = want.sha256 ?? receipt?.sha256
  if (stat.kind !== 'file') return drifted(want, 'not a file', 'a file')
  if (expected === undefined) return drifted(want, 'not verified', 'verified')
  const isKnown = receipt !== undefined && receipt.version === want.version && isSameFile(receipt, stat)
  const actual = isKnown ? receipt.sha256 : await hashFile(want.path, ports, signal)
  if (actual !== expected) return drifted(want, `sha256 ${actual}`, `sha256 ${expected}`)
  const isExecutable = (stat.mode & 0o111) !== 0 || want.path.endsWith('.exe')
  if (!isExecutable) return drifted(want, 'not executable', 'executable', 'in-place')
  return { state: 'ready', detail: detailOf(want, expected) }
}

function absent(want: ToolStep['want']): Finding {
  const changes: readonly Change[] = [{ field: want.path, to: shownAddress(want.url), effect: 'create' }]
  return { state: 'absent', changes, detail: detailOf(want, want.sha256) }
}

function drifted(
  want: ToolStep['want'],
  from: string,
  to: string,
  effect: Change['effect'] = 'recreate',
): Finding {
  return {
    state: 'drifted',
    changes: [{ field: want.path, from, to, effect }],
    detail: detailOf(want, want.sha256),
  }
}

function detailOf(
  { path, url, version }: ToolStep['want'],
  sha256: string | undefined,
): Record<string, Json> {
  return { path, source: 'managed', version, url: shownAddress(url), ...(sha256 !== undefined && { sha256 }) }
}

/** Downloads, or gives a verified file its permission back. A user's own program is never touched. */
async function apply({ want }: ToolStep, found: Finding, context: StepContext): Promise<void> {
  const { ports, signal } = context
  if (found.state === 'blocked') throw new DevK8sError(found.problem)
  if (found.state === 'drifted' && found.changes.every(({ effect }) => effect === 'in-place')) {
    await ports.files.chmod(want.path, 0o755)
    return
  }
  // A folder where the program should be would make the rename fail; devk8s owns everything below `tools`.
  const before = await ports.files.stat(want.path)
  if (before !== undefined && before.kind !== 'file') await ports.files.remove(want.path)
  const { url, checksumUrl, sha256, path, version } = want
  const request = { url, checksumUrl, to: path, ...(sha256 !== undefined && { sha256 }) }
  const got = await download(
    request,
    ports,
    (now) =>
      context.progress({
        ...now,
        message: `downloading from ${sourceOf(url)}`,
        ...(now.totalBytes !== undefined && { fraction: now.bytes / Math.max(1, now.totalBytes) }),
      }),
    signal,
  )
  const stat = await ports.files.stat(path)
  if (stat === undefined) return
  const receipt = { version, sha256: got.sha256, sizeBytes: stat.sizeBytes, mtimeMs: stat.mtimeMs }
  await ports.files.write(receiptPath(path), renderReceipt(receipt))
}

/** The host, or the folder of a mirror on disk: the whole address would push the figures off the line. */
function sourceOf(url: string): string {
  return (
    /^[a-z]+:\/\/(?:[^/]*@)?([^/]+)/.exec(url)?.[1] ?? url.replace(/^file:\/\//, '').replace(/\/[^/]*$/, '')
  )
}
