import type { NodeKernel } from './node-kernel.ts'
import { changeRules } from './node-kernel.ts'
import type { Ended, Program } from './node-shell.ts'

/** A node as a person in its shell finds it. */
export interface NodeInside {
  readonly kernel: NodeKernel
  readonly hostname: string
  /** The node's clock, in ms since 1970. */
  readonly nowMs: number
  /** Files of /etc/cni/net.d. */
  readonly cni: readonly string[]
  readonly isRoot: boolean
}

type End = Ended<NodeInside>

/** The programs of a node that are simulated; the others are not found there, exit 127. */
export const nodeProgram: Program<NodeInside> = (argv, stdin, state) => {
  const [name = '', ...args] = argv
  switch (name) {
    case 'sudo':
      return sudo(args, stdin, state)
    case 'date':
      return args[0] === '+%s' ? said(state, `${Math.floor(state.nowMs / 1000)}\n`) : badUse(state, name)
    case 'iptables':
      return iptables(args, state)
    case 'iptables-restore':
      return restore(args, stdin, state)
    case 'ip':
      return ip(args, state)
    case 'ls':
      return ls(args, state)
    case 'printf':
      return printf(args, state)
    case 'echo':
      return said(state, `${args.join(' ')}\n`)
    case 'uname':
      return uname(args, state)
    case 'exit':
      return failed(state, Number(args[0] ?? 0), '')
    case 'true':
      return said(state, '')
    case 'false':
      return failed(state, 1, '')
    default:
      return failed(state, 127, `bash: line 1: ${name}: command not found\n`)
  }
}

const said = (state: NodeInside, out: string): End => ({ exitCode: 0, out, err: '', state })
const failed = (state: NodeInside, exitCode: number, err: string): End => ({ exitCode, out: '', err, state })
const badUse = (state: NodeInside, name: string): End =>
  failed(state, 1, `${name}: not simulated with these arguments\n`)

/** The user docker of a node needs no password for it. */
function sudo(args: readonly string[], stdin: string, state: NodeInside): End {
  const end = nodeProgram(args[0] === '-n' ? args.slice(1) : args, stdin, { ...state, isRoot: true })
  return { ...end, state: { ...end.state, isRoot: state.isRoot } }
}

const version = 'v1.8.9 (nf_tables)'

/** Words without the flags that say how long to wait and which table is meant; undefined for another table. */
function rulesIn(args: readonly string[]): readonly string[] | undefined {
  const words = args.flatMap((word, index) =>
    ['-w', '--wait', '-t'].includes(word) || ['-w', '--wait', '-t'].includes(args[index - 1] ?? '')
      ? []
      : [word],
  )
  const table = args[args.indexOf('-t') + 1]
  return args.includes('-t') && table === 'nat' ? words : undefined
}

function iptables(args: readonly string[], state: NodeInside): End {
  if (!state.isRoot) {
    return failed(
      state,
      4,
      `iptables ${version}: Could not fetch rule set generation id: Permission denied (you must be root)\n`,
    )
  }
  const words = rulesIn(args)
  if (words === undefined) return badUse(state, 'iptables')
  const { kernel } = state
  if (words[0] === '-S') {
    const rules = kernel.prerouting.map((rule) => `-A PREROUTING ${rule}\n`)
    return words[1] === 'PREROUTING'
      ? said(state, `-P PREROUTING ACCEPT\n${rules.join('')}`)
      : badUse(state, 'iptables')
  }
  const change = changeRules(words, kernel.prerouting)
  return 'refused' in change
    ? failed(state, 1, `iptables: ${change.refused}\n`)
    : said({ ...state, kernel: { ...kernel, prerouting: change.prerouting } }, '')
}

/** All lines or none: a table is committed as one. */
function restore(args: readonly string[], stdin: string, state: NodeInside): End {
  if (!state.isRoot) return failed(state, 4, `iptables-restore ${version}: Permission denied\n`)
  // Without it all that is there would go.
  if (!args.includes('-n') && !args.includes('--noflush')) return badUse(state, 'iptables-restore')
  const lines = stdin.split('\n').filter((line) => line !== '')
  if (lines[0] !== '*nat' || lines.at(-1) !== 'COMMIT') {
    return failed(state, 2, `iptables-restore ${version}: COMMIT expected at line ${lines.length + 1}\n`)
  }
  let { prerouting } = state.kernel
  for (const [index, line] of lines.slice(1, -1).entries()) {
    const change = changeRules(wordsOf(line), prerouting)
    if ('refused' in change) {
      return failed(state, 1, `iptables-restore ${version}: line ${index + 2} failed: ${change.refused}\n`)
    }
    prerouting = change.prerouting
  }
  return said({ ...state, kernel: { ...state.kernel, prerouting } }, '')
}

const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')

function ip(args: readonly string[], state: NodeInside): End {
  const words = args.filter((word) => !word.startsWith('-') && word !== 'dev')
  const [object, verb, given = '', device = given] = words
  if (!['a', 'addr', 'address'].includes(object ?? '')) return badUse(state, 'ip')
  if (verb === 'show') return given === 'lo' ? said(state, shownAddresses(state.kernel)) : badUse(state, 'ip')
  if (device !== 'lo') return failed(state, 1, `Cannot find device "${device}"\n`)
  if (!state.isRoot) return failed(state, 2, 'RTNETLINK answers: Operation not permitted\n')
  const { kernel } = state
  const address = given.includes('/') ? given : `${given}/32`
  const isThere = kernel.loopback.includes(address)
  const others = kernel.loopback.filter((each) => each !== address)
  const having = (loopback: readonly string[]) => said({ ...state, kernel: { ...kernel, loopback } }, '')
  switch (verb) {
    case 'add':
      if (isThere) return failed(state, 2, 'RTNETLINK answers: File exists\n')
      return having([...others, address])
    case 'replace':
      return having([...others, address])
    case 'del':
      if (!isThere) return failed(state, 2, 'RTNETLINK answers: Cannot assign requested address\n')
      return having(others)
    default:
      return badUse(state, 'ip')
  }
}

/** As `ip -4 -o addr show dev lo` prints it, a line an address. */
function shownAddresses({ loopback }: NodeKernel): string {
  return ['127.0.0.1/8 scope host lo', ...loopback.map((address) => `${address} scope global lo`)]
    .map((text) => `1: lo    inet ${text}\\       valid_lft forever preferred_lft forever\n`)
    .join('')
}

function ls(args: readonly string[], state: NodeInside): End {
  const path = args.find((word) => !word.startsWith('-')) ?? '.'
  // On a terminal they stand side by side; the simulated one is wide enough for one line.
  if (path.replace(/\/$/, '') === '/etc/cni/net.d') {
    return said(state, state.cni.length === 0 ? '' : `${state.cni.join('  ')}\n`)
  }
  return failed(state, 2, `ls: cannot access '${path}': No such file or directory\n`)
}

/** As recorded (running-021), but for the times. */
const uname = (args: readonly string[], state: NodeInside): End =>
  args[0] === '-a'
    ? said(state, `Linux ${state.hostname} 6.1.0-37-amd64 #1 SMP PREEMPT_DYNAMIC @0 x86_64 GNU/Linux\n`)
    : said(state, 'Linux\n')

/** `printf '%s\n' a b`, the only format that is simulated. */
function printf([format, ...words]: readonly string[], state: NodeInside): End {
  if (format !== String.raw`%s\n`) return badUse(state, 'printf')
  return said(state, words.map((word) => `${word}\n`).join(''))
}
