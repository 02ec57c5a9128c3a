import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { realClock } from '../../src/adapters/clock.ts'
import { main } from '../../src/main.ts'
import { worldAt } from '../fakes/session.ts'

interface Said {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

interface How {
  /** Ctrl-C as soon as this has been written to stderr. */
  readonly interruptAt?: RegExp
  readonly columns?: number
}

/** A person who rehearses one command after the other on one laptop, at a terminal that shows results. */
async function newPerson() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-aws-')))
  return async (line: string, { interruptAt, columns = 80 }: How = {}): Promise<Said> => {
    const stop = new AbortController()
    const out = { stdout: '', stderr: '' }
    const stream = (name: 'stdout' | 'stderr') => ({
      write: (text: string) => {
        out[name] += text
        if (interruptAt?.test(out.stderr) === true && !stop.signal.aborted) stop.abort('SIGINT')
      },
      isTTY: name === 'stdout',
      columns,
    })
    const world = {
      ...worldAt(folder, join(folder, 'home'), realClock(), stop.signal),
      stdout: stream('stdout'),
      stderr: stream('stderr'),
    }
    const exit = await main([...line.split(' '), '--rehearse', '--profile', 'acme'], world)
    return { exit, ...out }
  }
}

let devk8s: Awaited<ReturnType<typeof newPerson>>
let pod = ''
beforeAll(async () => {
  devk8s = await newPerson()
  const up = await devk8s('up --yes')
  if (up.exit !== 0) throw new Error(up.stderr)
  const missing = await devk8s('aws whoami payments/none --json')
  pod = /It has ([^,. ]+)/.exec(missing.stdout)?.[1] ?? ''
}, 60_000)

describe('an answer for people', () => {
  test('is followed by what to run next, on stderr and as the person can run it', async () => {
    const signedOut = await devk8s('aws status --rehearse-fault aws=not-signed-in')
    expect(signedOut.exit).toBe(3)
    expect(signedOut.stderr).toMatch(/\nNext:\n {2}\S+ devk8s aws login .*--rehearse/)
    expect(signedOut.stdout).not.toContain('Next:')
    const broker = await devk8s('aws broker status')
    expect(broker.stderr).toContain('devk8s aws broker start --rehearse\n')
  })

  test('has commands for programs in the same form', async () => {
    const { stdout } = await devk8s('aws status --json --rehearse-fault aws=not-signed-in')
    const { result } = JSON.parse(stdout) as {
      result: { identity: { problem: { next: readonly string[] } } }
    }
    expect(result.identity.problem.next).toContainEqual(expect.stringMatching(/^devk8s .*--rehearse$/))
  })

  test.each(['aws status', 'aws whoami', 'aws refresh', 'aws login'])(
    '%s breaks no word in a terminal of 80 columns',
    async (line) => {
      const { exit, stdout } = await devk8s(line)
      expect(exit).toBe(0)
      // The table goes on under its own column, and an ARN stays whole.
      const wide = stdout.split('\n').filter((each) => each.length > 79 && !/^.{0,12}arn:\S+$/.test(each))
      expect(wide).toEqual([])
    },
  )
})

describe('Ctrl-C', () => {
  test('in aws whoami POD: 130, and kubectl’s end is no problem', async () => {
    const said = await devk8s(`aws whoami payments/${pod} --show-commands`, {
      interruptAt: /simulated, exit/,
    })
    expect([said.exit, said.stdout]).toEqual([130, ''])
    expect(said.stderr).toContain('Interrupted before anything was changed.')
    expect(said.stderr).not.toMatch(/DK\d{4}/)
  })

  test('in aws refresh: what was done is not denied', async () => {
    const before = await devk8s('aws refresh --show-commands', { interruptAt: /simulated, exit/ })
    expect(before.exit).toBe(130)
    expect(before.stderr).toContain('Interrupted before anything was changed.')
    const said = await devk8s('aws refresh --show-commands', { interruptAt: / apply / })
    expect(said.exit).toBe(130)
    expect(said.stderr).toContain('Interrupted. What was done stays; run it again.')
    expect(said.stderr).not.toMatch(/DK\d{4}/)
  })

  test('in verify --image: nothing is said of a cluster that was not asked', async () => {
    const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/shop:1.4'
    const looking = await devk8s(`verify --image ${image} --show-commands`, {
      interruptAt: /minikube.* exit/,
    })
    expect([looking.exit, looking.stdout]).toEqual([130, expect.not.stringContaining('not up')])
    const proving = await devk8s(`verify --image ${image}`, { interruptAt: /A pod in the namespace/ })
    expect(proving.exit).toBe(130)
    expect(proving.stderr).not.toMatch(/DK\d{4}|before anything was changed/)
  })
})

describe('a fault of AWS that was met', () => {
  test.each(['doctor --rehearse-fault aws=may-push', 'up --yes --rehearse-fault aws=slow'])(
    '%s',
    async (line) => {
      expect((await devk8s(line)).stderr).not.toContain('No fault was played')
    },
  )

  test('one that nothing could meet is told as such', async () => {
    const fresh = await newPerson()
    expect((await fresh('contexts sync')).exit).toBe(0)
    const { stderr } = await fresh('contexts sync --rehearse-fault tools.download=slow')
    expect(stderr).toContain('No fault was played')
  })
})
