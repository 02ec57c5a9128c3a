import type { Command, Exec, HowToRun, Ran } from '../../src/ports/exec.ts'
import type { Files, FileWriter } from '../../src/ports/files.ts'
import { NetError, type Net, type NetReply } from '../../src/ports/net.ts'
import type { Ports } from '../../src/ports/ports.ts'

/**
 * How a run is cut. `fail`: the call goes wrong. `interrupt`: Ctrl-C while it is under way. `kill`: from that moment
 * nothing of the run happens any more, neither what it was about to do nor any tidying up, and its children die with it.
 */
export type Cut = 'fail' | 'interrupt' | 'kill'

export interface Cutting {
  /** The ports of the run that is to be cut. */
  readonly through: (ports: Ports) => Ports
  /** Aborted by the cut `interrupt`. */
  readonly signal: AbortSignal
  /** Settles once the run has been killed and its children have ended. */
  readonly dead: Promise<void>
  /** The moments so far, in words, e.g. `write last-profile`. */
  readonly moments: readonly string[]
}

/**
 * Cuts a run at its k-th moment, counted from 1; 0 only counts. A moment is the start of a process, a line that
 * `minikube start` prints, a request, the middle of its answer, and a change to a file; `fail` counts no lines, and only
 * `kill` counts answers and files.
 */
export function cutAt(k: number, how: Cut): Cutting {
  const stop = new AbortController()
  const death = new AbortController()
  const moments: string[] = []
  const running = new Set<Promise<unknown>>()
  const writers = new Set<FileWriter>()
  let bury: () => void = () => {}
  const dead = new Promise<void>((resolve) => {
    bury = resolve
  })

  /** True at the moment of the cut; never returns in a run that is dead. */
  function due(moment: string): boolean {
    moments.push(moment)
    return moments.length === k
  }
  async function kill(): Promise<never> {
    death.abort('SIGKILL')
    await Promise.allSettled(running)
    for (const writer of writers) await writer.close()
    bury()
    return never()
  }
  /** What a dead process is told: nothing. */
  const alive = async <T>(work: Promise<T>): Promise<T> => {
    const value = await work.catch((error: unknown): Promise<T> => {
      if (death.signal.aborted) return never()
      throw error
    })
    return death.signal.aborted ? never() : value
  }

  const exec = (real: Exec): Exec => ({
    find: (program) => alive(real.find(program)),
    async run(command, options) {
      if (death.signal.aborted) return never()
      if (due(nameOf(command))) {
        if (how === 'fail') return plantedFailure
        if (how === 'kill') return kill()
        stop.abort('SIGINT')
      }
      return alive(runUntilDeath(real, command, options))
    },
  })

  /** A child of the run: it dies when the run is killed, wherever in its work it is. */
  async function runUntilDeath(real: Exec, command: Command, options: HowToRun): Promise<Ran> {
    const signal = AbortSignal.any([options.signal, death.signal])
    const onLine: HowToRun['onLine'] = (fd, line) => {
      if (death.signal.aborted) return
      if (how !== 'fail' && command.args[0] === 'start' && due(`start: ${line.slice(-60)}`)) {
        if (how === 'kill') void kill()
        else stop.abort('SIGINT')
        return
      }
      options.onLine?.(fd, line)
    }
    const child = real.run(command, { ...options, signal, onLine })
    running.add(child)
    return child.finally(() => running.delete(child))
  }

  const net = (real: Net): Net => ({
    canListen: (host, port) => alive(real.canListen(host, port)),
    async get(request) {
      if (death.signal.aborted) return never()
      if (due(`get ${request.url}`)) {
        if (how === 'kill') return kill()
        if (how === 'interrupt') stop.abort('SIGINT')
        throw new NetError('cut', 'planted cut')
      }
      const reply = await alive(real.get(request))
      return { ...reply, body: bodyUntilDeath(reply) }
    },
  })

  /** The second chunk of an answer is a moment of its own: a download that is cut in the middle. */
  async function* bodyUntilDeath({ body, url }: NetReply): AsyncGenerator<Uint8Array> {
    let count = 0
    for await (const chunk of body) {
      count += 1
      if (count === 2) await change(`half of ${url}`, () => Promise.resolve())
      yield await alive(Promise.resolve(chunk))
    }
  }

  /** A change to a file; `torn` is what half of it leaves, where the disk can be left so. */
  async function change<T>(
    moment: string,
    work: () => Promise<T>,
    torn?: () => Promise<unknown>,
  ): Promise<T> {
    if (death.signal.aborted) return never()
    if (how === 'kill' && due(moment)) {
      await torn?.()
      return kill()
    }
    return alive(work())
  }

  const files = (real: Files): Files => ({
    ...real,
    write: (path, content, options) =>
      change(`write ${lastOf(path)}`, () => real.write(path, content, options)),
    rename: (from, to) => change(`rename ${lastOf(to)}`, () => real.rename(from, to)),
    remove: (path) => change(`remove ${lastOf(path)}`, () => real.remove(path)),
    createExclusive: (path, content) =>
      change(`create ${lastOf(path)}`, () => real.createExclusive(path, content)),
    append: (path, text) =>
      change(
        `append ${lastOf(path)}`,
        () => real.append(path, text),
        () => real.append(path, text.slice(0, text.length / 2)),
      ),
    readText: (path) => alive(real.readText(path)),
    stat: (path) => alive(real.stat(path)),
    list: (path) => alive(real.list(path)),
    makeFolder: (path, mode) => alive(real.makeFolder(path, mode)),
    chmod: (path, mode) => alive(real.chmod(path, mode)),
    syncFolder: (path) => alive(real.syncFolder(path)),
    async openWriter(path, options) {
      const writer = await change(`open ${lastOf(path)}`, () => real.openWriter(path, options))
      writers.add(writer)
      return {
        write: (chunk) => alive(death.signal.aborted ? never() : writer.write(chunk)),
        sync: () => alive(writer.sync()),
        close: () => {
          if (death.signal.aborted) return never()
          writers.delete(writer)
          return alive(writer.close())
        },
      }
    },
  })

  return {
    through: (ports) => ({
      ...ports,
      exec: exec(ports.exec),
      net: net(ports.net),
      files: files(ports.files),
      clock: { ...ports.clock, sleep: (ms, signal) => alive(ports.clock.sleep(ms, signal)) },
    }),
    signal: stop.signal,
    dead,
    moments,
  }
}

const plantedFailure: Ran = {
  outcome: 'exited',
  exitCode: 1,
  signal: null,
  stdout: '',
  stderr: 'planted failure',
  durationMs: 1,
}

const never = <T>(): Promise<T> => new Promise<T>(() => {})

const lastOf = (path: string) => path.split('/').slice(-2).join('/')

function nameOf({ program, args }: Command): string {
  return [lastOf(program), ...args.filter((word) => !word.startsWith('-'))].join(' ').slice(0, 80)
}
