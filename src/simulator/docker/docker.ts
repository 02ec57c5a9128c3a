import { pass, type ProgramCall } from '../machine.ts'
import { withoutContainer, withoutVolume, type Laptop } from '../state.ts'
import { daemonTrouble } from './daemon.ts'
import {
  containerDocument,
  containerRow,
  infoDocument,
  versionDocument,
  volumeDocument,
} from './documents.ts'

/** A docker command line, taken apart. */
interface DockerArgs {
  readonly words: readonly string[]
  readonly format?: string
  readonly filters: readonly string[]
  readonly switches: readonly string[]
}

/**
 * One run of the docker client 28 (docker.md): `version`, `info`, `ps`, `inspect`, `rm`, `volume inspect|ls|rm`,
 * `container inspect|ls|rm`, `network ls`. Gives the exit code.
 */
export async function docker(call: ProgramCall): Promise<number> {
  const args = parseArgs(call.argv)
  const [first = '', second = ''] = args.words
  const isGroup = ['container', 'volume', 'network', 'system'].includes(first)
  const command = isGroup ? `${first} ${second}` : first
  const names = args.words.slice(isGroup ? 2 : 1)
  const laptop = await call.machine.laptop.read()
  const request = command === 'version' || command === 'info' ? command : 'containers/json'
  const trouble = daemonTrouble(laptop, call.env, request)
  // Recorded docker 080, 081: the client waits without limit.
  if (trouble !== undefined && 'hangs' in trouble) await call.hang()
  await pass(call, 80)
  if (trouble !== undefined && 'text' in trouble)
    return unreachable(call, laptop, args, command, trouble.text)
  return answer(call, laptop, args, command, names)
}

/** Stdout is valid JSON although the command failed (docker.md, clause 4; recorded 031, 032, 033, 034). */
function unreachable(
  call: ProgramCall,
  laptop: Laptop,
  args: DockerArgs,
  command: string,
  text: string,
): number {
  if (command === 'version')
    call.out(`${render(versionDocument(laptop, false), args.format ?? '{{json .}}')}\n`)
  else if (command === 'info' || command === 'system info') {
    call.out(`${render(infoDocument(laptop, false), args.format ?? '{{json .}}')}\n`)
  } else if (command.endsWith('inspect')) call.out('[]\n')
  call.err(`${text}\n`)
  return 1
}

async function answer(
  call: ProgramCall,
  laptop: Laptop,
  args: DockerArgs,
  command: string,
  names: readonly string[],
): Promise<number> {
  switch (command) {
    case 'version':
      call.out(`${render(versionDocument(laptop, true), args.format ?? '{{json .}}')}\n`)
      return 0
    case 'info':
    case 'system info':
      call.out(`${render(infoDocument(laptop, true), args.format ?? '{{json .}}')}\n`)
      return 0
    case 'ps':
    case 'container ls':
      return rows(call, args, containerRows(laptop, args))
    case 'volume ls':
      return rows(
        call,
        args,
        laptop.volumes.map((Name) => ({ Driver: 'local', Name })),
      )
    case 'network ls':
      return rows(
        call,
        args,
        Object.keys(laptop.networks).map((Name) => ({ Driver: 'bridge', Name })),
      )
    case 'inspect':
    case 'container inspect':
    case 'volume inspect':
      return inspect(call, laptop, args, command, names)
    case 'rm':
    case 'container rm':
      return removeContainers(call, laptop, args, names)
    case 'volume rm':
      return removeVolumes(call, laptop, args, names)
    default:
      call.err(`docker: unknown command: docker ${command}\n\nRun 'docker --help' for more information\n`)
      return 1
  }
}

function containerRows(laptop: Laptop, args: DockerArgs): readonly Readonly<Record<string, string>>[] {
  const all = args.switches.includes('a') || args.switches.includes('all')
  return Object.entries(laptop.containers)
    .filter(([, state]) => all || state !== 'exited')
    .map(([name, state]) => containerRow(name, state))
    .filter((row) => args.filters.every((filter) => matches(row, filter)))
}

/** `name=` is a regular expression, `label=` a label with or without its value. */
function matches(row: Readonly<Record<string, string>>, filter: string): boolean {
  const [key = '', ...rest] = filter.split('=')
  const wanted = rest.join('=')
  if (key === 'name') return new RegExp(wanted.replace(/^\^\/?/, '^')).test(row['Names'] ?? '')
  if (key === 'label') {
    return (row['Labels'] ?? '')
      .split(',')
      .some((label) => label === wanted || label.split('=')[0] === wanted)
  }
  return true
}

/** An empty list is no line at all (recorded docker 005). */
function rows(
  call: ProgramCall,
  args: DockerArgs,
  list: readonly Readonly<Record<string, string>>[],
): number {
  const format = args.format ?? (args.switches.includes('q') ? '{{.Names}}' : '{{json .}}')
  for (const row of list) call.out(`${render(row, format)}\n`)
  return 0
}

/** Recorded docker 010, 011, 013: `[]`, exit 1, and a text of its own for each kind. */
function inspect(
  call: ProgramCall,
  laptop: Laptop,
  args: DockerArgs,
  command: string,
  names: readonly string[],
): number {
  const found: object[] = []
  let exit = 0
  for (const name of names) {
    const state = laptop.containers[name]
    const isVolume = laptop.volumes.includes(name) && command !== 'container inspect'
    if (state !== undefined && command !== 'volume inspect') {
      found.push(containerDocument(name, state, laptop.nodes[name]?.address ?? ''))
    } else if (isVolume) found.push(volumeDocument(name))
    else {
      exit = 1
      call.err(`${missing(command, name)}\n`)
    }
  }
  const { format } = args
  call.out(
    format === undefined
      ? `${JSON.stringify(found, undefined, 4)}\n`
      : found.map((each) => `${render(each, format)}\n`).join(''),
  )
  return exit
}

function missing(command: string, name: string): string {
  if (command === 'volume inspect') return `Error response from daemon: get ${name}: no such volume`
  if (command === 'container inspect') return `Error response from daemon: No such container: ${name}`
  return `Error: No such object: ${name}`
}

/** Recorded docker 017, 018: with `-f` a missing one is complained about, and yet the exit code is 0. */
async function removeContainers(
  call: ProgramCall,
  laptop: Laptop,
  args: DockerArgs,
  names: readonly string[],
): Promise<number> {
  const force = args.switches.includes('f') || args.switches.includes('force')
  const volumesToo = args.switches.includes('v') || args.switches.includes('volumes')
  let exit = 0
  for (const name of names) {
    const state = laptop.containers[name]
    if (state === undefined) {
      call.err(`Error response from daemon: No such container: ${name}\n`)
      if (!force) exit = 1
    } else if (state !== 'exited' && !force) {
      call.err(
        `Error response from daemon: cannot remove container "${name}": container is ${state}: stop the container before removing or force remove\n`,
      )
      exit = 1
    } else {
      await call.machine.laptop.change((now) => {
        const without = withoutContainer(now, name)
        return volumesToo ? withoutVolume(without, name) : without
      })
      call.out(`${name}\n`)
    }
  }
  return exit
}

/** Recorded docker 019, 024; one in use is refused (assumed text). */
async function removeVolumes(
  call: ProgramCall,
  laptop: Laptop,
  args: DockerArgs,
  names: readonly string[],
): Promise<number> {
  const force = args.switches.includes('f') || args.switches.includes('force')
  let exit = 0
  for (const name of names) {
    if (laptop.containers[name] !== undefined) {
      call.err(`Error response from daemon: remove ${name}: volume is in use - [${name}]\n`)
      exit = 1
    } else if (!laptop.volumes.includes(name) && !force) {
      call.err(`Error response from daemon: get ${name}: no such volume\n`)
      exit = 1
    } else {
      await call.machine.laptop.change((now) => withoutVolume(now, name))
      call.out(`${name}\n`)
    }
  }
  return exit
}

function parseArgs(argv: readonly string[]): DockerArgs {
  const words: string[] = []
  const filters: string[] = []
  const switches: string[] = []
  let format: string | undefined
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? ''
    const [name, given] = word.startsWith('--') ? cut(word.slice(2)) : [word.slice(1), undefined]
    if (!word.startsWith('-')) words.push(word)
    else if (['format', 'f'].includes(name) && takesFormat(words, name)) format = given ?? argv[(at += 1)]
    else if (name === 'filter') filters.push(given ?? argv[(at += 1)] ?? '')
    else if (word.startsWith('--')) switches.push(name)
    else switches.push(...name.split(''))
  }
  return { words, filters, switches, ...(format === undefined ? {} : { format }) }
}

/** `-f` is `--force` for rm and `--format` elsewhere. */
function takesFormat(words: readonly string[], name: string): boolean {
  return name === 'format' || !words.includes('rm')
}

function cut(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** A Go template as far as anybody here uses them: `{{json .}}`, `{{.A.B}}`; `json` means one object a line. */
function render(value: object, format: string): string {
  const at = (path: string) =>
    path
      .split('.')
      .filter((name) => name !== '')
      .reduce<unknown>((here, name) => (here as Readonly<Record<string, unknown>> | undefined)?.[name], value)
  if (format === 'json') return JSON.stringify(value)
  return format
    .replaceAll(/\{\{\s*json (\.[\w.]*)\s*\}\}/g, (_, path: string) => JSON.stringify(at(path)))
    .replaceAll(/\{\{\s*(\.[\w.]+)\s*\}\}/g, (_, path: string) => goText(at(path)))
}

/** As Go prints a value in a template; a map or a list in its own notation, which nobody here asks for. */
function goText(value: unknown): string {
  if (value === undefined) return '<no value>'
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number | boolean}`
}
