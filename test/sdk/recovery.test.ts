import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Asking, type Lab, type LabPod, newLab } from './support/lab.ts'
import { laneIds, lanes, outcomes } from './support/lanes.ts'
import { findPeers, peers } from './support/peers.ts'

// A session that ended: what an application is told, and that the same process goes on once there is another.

const { noNetwork, there } = await findPeers()
/** What every refusal of this kind has to say, whoever prints it. */
const advice = 'devk8s aws login'

/** To start an agent, on a computer that is busy. */
const hookMs = 60_000

describe('a session that ended', () => {
  let lab: Lab
  // One each: the agent does not take a session that is over for one that is not.
  beforeEach(async () => {
    if (noNetwork === undefined) lab = await newLab()
  }, hookMs)
  afterEach(async () => lab?.end())

  test('is told of, and the next one is taken up without a restart', async ({ skip }) => {
    skip(noNetwork !== undefined, noNetwork)
    await lab.replace(-1)
    const loads = there.flatMap((peer, row) =>
      laneIds.flatMap((lane, column) => {
        const outcome = outcomes[peer][lane]
        if (outcome.is === 'no') return []
        const pod = lab.pods[(row + column) % 2] as LabPod
        const command = [...peers[peer].command, 'loop', '60', '500']
        return [
          {
            name: `${peer} ${lane}`,
            outcome,
            pod,
            asking: pod.start(command, pod.env(lanes[lane].variables)),
          },
        ]
      }),
    )
    await all(
      loads.map(
        ({ asking }) =>
          () =>
            asking.answers.length > 0,
      ),
    )
    const refusals = loads.map(({ name, asking }) => ({ name, error: asking.answers[0]?.error }))
    expect(refusals.filter(({ error }) => error === undefined)).toEqual([])
    expect(refusals.filter(({ error }) => error?.includes(advice)).map(({ name }) => name)).toEqual(
      loads.filter(({ outcome }) => outcome.tells).map(({ name }) => name),
    )

    const loginAt = Date.now()
    await lab.replace(3_600_000)
    const isRight = ({ pod, asking }: { pod: LabPod; asking: Asking }) =>
      asking.answers.some((answer) => lab.mint.fault(answer, pod.role) === undefined)
    await all(loads.map((load) => () => isRight(load)))
    process.stdout.write(`All go on ${Date.now() - loginAt} ms after the login\n`)
    loads.forEach(({ asking }) => asking.stop())
    await Promise.all(loads.map(({ asking }) => asking.ended))
    expect(loads.filter((load) => !isRight(load)).map(({ name }) => name)).toEqual([])
  }, 120_000)

  test('is told of on the pod, and no key is told of anywhere', async ({ skip }) => {
    skip(noNetwork !== undefined, noNetwork)
    await lab.replace(-1)
    await askAll(lab)
    await lab.replace(3_600_000)
    await askAll(lab)
    const whoami = await Promise.all(lab.pods.map(async ({ namespace }) => get(namespace, '/whoami')))
    await all([async () => (await lab.api.call<readonly unknown[]>('events')).length >= 2])
    const events = await lab.api.call<readonly { readonly message: string }[]>('events')
    expect(events.map(({ message }) => message.includes(advice))).toEqual(events.map(() => true))
    expect(whoami.map((text) => JSON.parse(text) as object)).toEqual([expect.any(Object), expect.any(Object)])

    const told = [lab.log(), JSON.stringify(events), ...whoami].join('\n')
    expect(lab.mint.issued.length).toBeGreaterThan(0)
    const secrets = lab.mint.issued.flatMap(({ session }) => [
      session.accessKeyId,
      session.secretAccessKey.replaceAll('+', ''),
      session.sessionToken.replaceAll('=', ''),
    ])
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([])
  })
})

/** Through the two lanes that need no token. */
const askAll = async (lab: Lab) =>
  Promise.all(lab.pods.map(async ({ namespace }) => get(namespace, '/v2/credentials/any')))

async function get(namespace: LabPod['namespace'], path: string): Promise<string> {
  const program = `process.stdout.write(await (await fetch('http://169.254.170.2${path}')).text())`
  return (await namespace.start([process.execPath, '--input-type=module', '--eval', program], {})).stdout
}

/** @throws when they do not all hold within 40 s. */
async function all(conditions: readonly (() => boolean | Promise<boolean>)[]): Promise<void> {
  const end = Date.now() + 40_000
  for (const condition of conditions) {
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`Number ${conditions.indexOf(condition)} does not hold`)
      await pause(50)
    }
  }
}
