#!/usr/bin/env node
// The only file that touches the real process. An old Node must be able to parse it, to be told that it is
// old: no import statements, nothing newer than ES2018 (a test holds it to that). The rest loads behind the guard.
import type { OutStream, World } from './world.ts'

/** What a pipe or socket answers whose reader is gone. */
const closedCodes = new Set(['EPIPE', 'EOF', 'ECONNRESET'])

const parts = process.versions.node.split('.')
const major = Number(parts[0])
const isOld = major < 20 || (major === 20 && Number(parts[1]) < 17)

if (isOld) {
  process.stderr.write(
    `devk8s needs Node.js 20.17 or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer one, e.g. with your version manager (nvm install 22, fnm install 22) or from https://nodejs.org.\n',
  )
  process.exitCode = 4
} else {
  start(process.argv.slice(2)).catch((error) => {
    // main reports all it can; what arrives here is a bug in loading or in main itself.
    process.stderr.write(`devk8s: ${String((error && error.stack) || error)}\n`)
    process.exitCode = 70
  })
}

async function start(argv: readonly string[]): Promise<void> {
  const stop = new AbortController()
  const stdout = outStream(
    1,
    () => process.stdout,
    () => stop.abort('SIGTERM'),
  )
  const stderr = outStream(
    2,
    () => process.stderr,
    () => {},
  )
  // Node's own modules without waiting; each is loaded when it is asked for.
  const node = process.getBuiltinModule
  const scriptPath = node('node:url').fileURLToPath(import.meta.url)
  const packageFolder = scriptPath.replace(/[/\\][^/\\]+[/\\][^/\\]+$/, '')
  const version = (): string =>
    JSON.parse(node('node:fs').readFileSync(`${packageFolder}/package.json`, 'utf8')).version
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V') && !isKubectx()) {
    stdout.write(`${version()}\n`)
    return
  }
  listen(stop)
  cacheCompiled()
  const os = node('node:os')
  const { main, realClock } = await import('./main.ts')
  const world: World = {
    env: environment(),
    cwd: process.cwd(),
    // HOME may be empty or relative; files must not land in the working directory then.
    home: homeOf(os),
    platform: platform(),
    pid: process.pid,
    parentPid: process.ppid,
    invokedAs: nameOf(process.argv[1] || ''),
    nodePath: process.execPath,
    scriptPath,
    hostName: os.hostname(),
    get pidNamespace() {
      return pidNamespace()
    },
    get bootedAtMs() {
      return bootedAtMs(os)
    },
    get bootId() {
      return bootId()
    },
    tempFolder: os.tmpdir(),
    packageFolder,
    get version() {
      return version()
    },
    get stdinIsTTY() {
      return node('node:tty').isatty(0)
    },
    readStdin: async () => (await import('./adapters/stdin.ts')).readStdin(),
    stdout,
    stderr,
    clock: realClock(),
    signal: stop.signal,
  }
  process.exitCode = await main(argv, world)
}

/** Called by one of these names, every word is theirs. */
function isKubectx(): boolean {
  return /^(?:kubectx|kubens|kubectl-ctx|kubectl-ns)$/.test(nameOf(process.argv[1] || ''))
}

/** Node leaves argv[1] as the path that was called, so a symlink's own name is seen. */
function nameOf(script: string): string {
  return script.replace(/^.*[/\\]/, '').replace(/\.(?:m?js|ts|cmd|ps1|exe)$/i, '')
}

function homeOf(os: typeof import('node:os')): string {
  const home = os.homedir()
  return /^(?:[A-Za-z]:)?[/\\]/.test(home) ? home : os.userInfo().homedir
}

/** Not there on other systems, and nothing to wait for where /proc is closed. */
function pidNamespace(): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return process.getBuiltinModule('node:fs').readlinkSync('/proc/self/ns/pid')
  } catch (error) {
    // `catch {` is newer than ES2018.
    return error ? undefined : ''
  }
}

/** A new one at each start of the machine (random(4)); nothing to wait for where /proc is closed. */
function bootId(): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const id = process.getBuiltinModule('node:fs').readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    return id.trim() || undefined
  } catch (error) {
    // `catch {` is newer than ES2018.
    return error ? undefined : ''
  }
}

/** Counts the time that the machine slept as well. */
function bootedAtMs(os: typeof import('node:os')): number | undefined {
  try {
    return Date.now() - os.uptime() * 1000
  } catch (error) {
    // `catch {` is newer than ES2018.
    return error ? undefined : 0
  }
}

/** Windows does not tell PATH from Path; a plain object does, so names are put in capitals there. */
function environment(): World['env'] {
  if (process.platform !== 'win32') return { ...process.env }
  const env: Record<string, string | undefined> = {}
  for (const name of Object.keys(process.env)) env[name.toUpperCase()] = process.env[name]
  return env
}

/** Other systems are taken for Linux; the machine checks say what they miss. */
function platform(): World['platform'] {
  return process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux'
}

/** The first signal asks the run to stop in good order; one more Ctrl-C ends the process at once. */
function listen(stop: AbortController): void {
  process.on('SIGINT', () => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort('SIGINT')
  })
  const terminate = () => {
    if (stop.signal.aborted) process.exit(143)
    stop.abort('SIGTERM')
  }
  process.on('SIGTERM', terminate)
  // The terminal was closed.
  process.on('SIGHUP', terminate)
}

/**
 * A stream that survives its reader: after EPIPE (`devk8s status --watch | head`) writes go nowhere. Node's own stream
 * is opened for terminals only, and where one write does not take all: it costs 3 ms, a tenth of what kubectl waits for
 * its credentials, and writes to pipes and files are synchronous in Node anyway.
 */
function outStream(fd: 1 | 2, open: () => NodeJS.WriteStream, onClosed: () => void): OutStream {
  let opened: NodeJS.WriteStream | undefined
  let isOpen = true
  const failed = (error: NodeJS.ErrnoException) => {
    if (!closedCodes.has(String(error.code))) throw error
    if (isOpen) onClosed()
    isOpen = false
  }
  const stream = () => {
    if (opened !== undefined) return opened
    opened = open()
    opened.on('error', failed)
    return opened
  }
  const isDirect = process.platform !== 'win32' && !isCharacterDevice(fd)
  const terminal = () => (isDirect ? undefined : stream())
  return {
    write: (text) => {
      if (!isOpen) return
      if (!isDirect || opened !== undefined) {
        stream().write(text)
        return
      }
      const rest = writeNow(fd, text, failed)
      if (rest !== undefined) stream().write(rest)
    },
    get isTTY() {
      const found = terminal()
      // A pipe has no such field, whatever its type says.
      return found !== undefined && 'isTTY' in found && found.isTTY
    },
    get columns() {
      const found = terminal()
      return (found && found.columns) || 80
    },
    get rows() {
      const found = terminal()
      return (found && found.rows) || 24
    },
  }
}

function isCharacterDevice(fd: 1 | 2): boolean {
  try {
    return process.getBuiltinModule('node:fs').fstatSync(fd).isCharacterDevice()
  } catch (error) {
    // Closed by who started us (EBADF): Node's stream knows what to do. `catch {` is newer than ES2018.
    return Boolean(error)
  }
}

/** Writes what is taken at once; gives what a pipe that does not block has not taken. */
function writeNow(
  fd: 1 | 2,
  text: string,
  failed: (error: NodeJS.ErrnoException) => void,
): Buffer | undefined {
  const fs = process.getBuiltinModule('node:fs')
  let rest = Buffer.from(text)
  try {
    while (rest.length > 0) rest = rest.subarray(fs.writeSync(fd, rest))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return rest
    failed(error as NodeJS.ErrnoException)
  }
  return undefined
}

/** Node 22.1 and newer keep compiled code between runs; a folder that cannot be written is no fault. */
function cacheCompiled(): void {
  if (major < 22) return
  const nodeModule = process.getBuiltinModule('node:module')
  // Not in the types of Node 20, so looked for.
  if ('enableCompileCache' in nodeModule && typeof nodeModule.enableCompileCache === 'function') {
    nodeModule.enableCompileCache()
  }
}
