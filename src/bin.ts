#!/usr/bin/env node
// The only file that touches the real process. An old Node must be able to parse it, to be told that it is
// old: no import statements, nothing newer than ES2018 (a test holds it to that). The rest loads behind the guard.
import type { OutStream, World } from './world.ts'

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
  const stdout = outStream(process.stdout, () => stop.abort('SIGTERM'))
  const stderr = outStream(process.stderr, () => {})
  const [fs, url] = await Promise.all([import('node:fs'), import('node:url')])
  const packageFolder = url.fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '')
  const version: string = JSON.parse(fs.readFileSync(`${packageFolder}/package.json`, 'utf8')).version
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    stdout.write(`${version}\n`)
    return
  }
  listen(stop)
  await cacheCompiled()
  const [os, tty, { main }, { realClock }] = await Promise.all([
    import('node:os'),
    import('node:tty'),
    import('./main.ts'),
    import('./adapters/clock.ts'),
  ])
  const world: World = {
    env: environment(),
    cwd: process.cwd(),
    // HOME may be empty or relative; files must not land in the working directory then.
    home: homeOf(os),
    platform: platform(),
    pid: process.pid,
    hostName: os.hostname(),
    tempFolder: os.tmpdir(),
    packageFolder,
    version,
    stdinIsTTY: tty.isatty(0),
    stdout,
    stderr,
    clock: realClock(),
    signal: stop.signal,
  }
  process.exitCode = await main(argv, world)
}

function homeOf(os: typeof import('node:os')): string {
  const home = os.homedir()
  return /^(?:[A-Za-z]:)?[/\\]/.test(home) ? home : os.userInfo().homedir
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

/** A stream that survives its reader: after EPIPE (`devk8s status --watch | head`) writes go nowhere. */
function outStream(stream: NodeJS.WriteStream, onClosed: () => void): OutStream {
  let isOpen = true
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EOF') throw error
    if (isOpen) onClosed()
    isOpen = false
  })
  return {
    write: (text) => {
      if (isOpen) stream.write(text)
    },
    // A pipe has no such field, whatever its type says.
    isTTY: 'isTTY' in stream && stream.isTTY,
    get columns() {
      return stream.columns || 80
    },
    get rows() {
      return stream.rows || 24
    },
  }
}

/** Node 22.1 and newer keep compiled code between runs; a folder that cannot be written is no fault. */
async function cacheCompiled(): Promise<void> {
  const nodeModule = await import('node:module')
  // Not in the types of Node 20, so looked for.
  if ('enableCompileCache' in nodeModule && typeof nodeModule.enableCompileCache === 'function') {
    nodeModule.enableCompileCache()
  }
}
