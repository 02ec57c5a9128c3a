import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../fixtures/transcripts/minikube/v1.38.1')

/** One run of the real minikube, as recorded. */
export interface Recording {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly precondition: string
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  readonly kubeconfigBefore?: string
  readonly kubeconfigAfter?: string
  readonly filesShown?: Readonly<Record<string, string>>
  readonly second?: { readonly exitCode: number; readonly stdout: string }
}

/** The recording of that name, e.g. `running-k8s-001`. */
export function recording(name: string): Recording {
  const file = readdirSync(folder).find((each) => each.startsWith(`${name}-`))
  if (file === undefined) throw new Error(`no recording ${name} in the fixtures`)
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recording
}

/**
 * Output without what differs from run to run: ids, times, process ids, the hash in a log file's name, Docker's
 * version in the node; and with the home folder of the recordings.
 */
export function scrub(text: string, home: string): string {
  return text
    .replaceAll(home, '/home/dev')
    .replaceAll(/"id":"[0-9a-f-]{36}"/g, '"id":"ID"')
    .replaceAll(/^E\d{4} [\d:.]+ +\d+ /gm, 'E ')
    .replaceAll(/_[0-9a-f]{40}_0\.log/g, '_HASH_0.log')
    .replaceAll(/on Docker \d+\.\d+\.\d+[\w.+-]*/g, 'on Docker VERSION')
    .replaceAll(/last-update: .*/g, 'last-update: TIME')
}

/** The lines of a stream, scrubbed; minikube prints images and enabled add-ons in an order of chance. */
export function lines(text: string, home: string): readonly string[] {
  return scrub(text, home).split('\n').map(sortedAddons)
}

function sortedAddons(line: string): string {
  return line.replace(
    /Enabled addons: ([^"]*)/,
    (_, names: string) => `Enabled addons: ${names.split(', ').toSorted().join(', ')}`,
  )
}
