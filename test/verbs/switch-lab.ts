import { mkdir, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock } from '../../src/adapters/clock.ts'
import { main } from '../../src/main.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { World } from '../../src/world.ts'
import { worldAt } from '../fakes/session.ts'

export interface Said {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** A person with kubeconfig files in a temp home. */
export interface Home {
  readonly folder: string
  readonly home: string
  /** The path of `~/.kube/config`. */
  readonly config: string
  /** Runs the whole program in this process, with its real ports. */
  run(line: string | readonly string[], change?: Partial<World>): Promise<Said>
  text(path?: string): Promise<string>
}

export async function newHome(
  config: string,
  { clock = realClock() }: { readonly clock?: Clock } = {},
): Promise<Home> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-switch-')))
  const home = join(folder, 'home')
  const path = join(home, '.kube', 'config')
  await mkdir(join(home, '.kube'), { recursive: true })
  await writeFile(path, config, { mode: 0o600 })
  return {
    folder,
    home,
    config: path,
    async run(line, change = {}) {
      const out = { stdout: '', stderr: '' }
      const stream = (name: 'stdout' | 'stderr') => ({
        write: (text: string) => {
          out[name] += text
        },
        isTTY: false,
        columns: 80,
      })
      const world: World = {
        ...worldAt(folder, home, clock),
        stdout: stream('stdout'),
        stderr: stream('stderr'),
        ...change,
      }
      return { exit: await main(typeof line === 'string' ? line.split(' ') : line, world), ...out }
    },
    text: (at = path) => readFile(at, 'utf8'),
  }
}

export interface Stanza {
  readonly name: string
  readonly namespace?: string
  readonly protected?: boolean
  readonly aliases?: readonly string[]
}

/** A kubeconfig as kubectl writes it, with these contexts; those with a marker are the team's. */
export function kubeconfig(stanzas: readonly Stanza[], current = ''): string {
  return [
    'apiVersion: v1',
    'clusters:',
    ...stanzas.map(({ name }) => `- cluster:\n    server: https://${name}.example.com\n  name: c-${name}`),
    'contexts:',
    ...stanzas.map(contextOf),
    `current-context: ${current === '' ? '""' : current}`,
    'kind: Config',
    'users:',
    ...stanzas.map(({ name }) => `- name: u-${name}\n  user:\n    token: t`),
    '',
  ].join('\n')
}

function contextOf({ name, namespace, aliases = [], ...stanza }: Stanza): string {
  const isOurs = stanza.protected === true || aliases.length > 0
  const marker = [
    '    extensions:',
    '    - extension:',
    '        account: "123456789012"',
    ...(aliases.length === 0 ? [] : ['        aliases:', ...aliases.map((alias) => `        - ${alias}`)]),
    ...(stanza.protected === true ? ['        protected: true'] : []),
    '        provider: devk8s.dev',
    '        region: eu-west-1',
    '        source: eks',
    '        team: acme',
    '      name: devk8s.dev',
  ]
  return [
    '- context:',
    `    cluster: c-${name}`,
    ...(isOurs ? marker : []),
    ...(namespace === undefined ? [] : [`    namespace: ${namespace}`]),
    `    user: u-${name}`,
    `  name: ${name}`,
  ].join('\n')
}

/** The lines of two texts that differ, as `-old` and `+new`. */
export function changedLines(before: string, after: string): readonly string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `-${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ]
}
