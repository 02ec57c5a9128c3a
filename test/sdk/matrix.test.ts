import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, newLab } from './support/lab.ts'
import { laneIds, type LaneId, lanes, outcomes } from './support/lanes.ts'
import { renderMatrix } from './support/page.ts'
import { findPeers, type PeerId, peerIds, peers, titleOf } from './support/peers.ts'

// Every SDK that is there, through every lane, in both pods: each gets what its own pod's annotation says.

const { whyNot, noNetwork } = await findPeers()
const seen = new Map<PeerId, readonly string[]>()

/** To start an agent, on a computer that is busy. */
const hookMs = 60_000

describe('SDKs and lanes', () => {
  let lab: Lab
  beforeAll(async () => {
    if (noNetwork !== undefined) return
    lab = await newLab()
    await lab.replace(3_600_000)
  }, hookMs)
  afterAll(async () => {
    await lab?.end()
    const cell = (peer: PeerId, lane: LaneId) => seen.get(peer)?.[laneIds.indexOf(lane)] ?? '-'
    process.stdout.write(`${renderMatrix(cell)}\n`)
    for (const [peer, why] of whyNot) process.stdout.write(`${peer} is not tried: ${why}\n`)
  })

  test.for(peerIds)('%s', { timeout: 120_000 }, async (peer, { skip }) => {
    skip(whyNot.has(peer), whyNot.get(peer))
    const faults = await Promise.all(laneIds.map(async (lane) => faultsOf(lab, peer, lanes[lane].variables)))
    seen.set(
      peer,
      faults.map((each) => (each.every((fault) => fault === undefined) ? 'yes' : 'no')),
    )
    const unexpected = laneIds.flatMap((lane, index) =>
      (faults[index] ?? [])
        .filter((fault) => !isExpected(peer, lane, fault))
        .map((fault) => [lane, fault ?? 'given']),
    )
    expect(unexpected).toEqual([])
  })

  // The others stop at an address that they do not take.
  test('an old Ruby SDK in a pod of lane A goes on to lane B', async ({ skip }) => {
    const peer = 'ruby-old'
    skip(whyNot.has(peer), whyNot.get(peer))
    const faults = await faultsOf(lab, peer, (files) => ({
      ...lanes.A.variables(files),
      AWS_EC2_METADATA_DISABLED: 'false',
    }))
    expect(faults).toEqual([undefined, undefined])
  })
})

/** What went wrong in each pod; undefined for its own credentials. */
async function faultsOf(
  lab: Lab,
  peer: PeerId,
  variables: (typeof lanes)[LaneId]['variables'],
): Promise<readonly (string | undefined)[]> {
  return Promise.all(
    lab.pods.map(async (pod) => {
      const [answer] = await pod.start([...peers[peer].command, 'once'], pod.env(variables)).ended
      return answer === undefined ? titleOf(peer) : lab.mint.fault(answer, pod.role)
    }),
  )
}

function isExpected(peer: PeerId, lane: LaneId, fault: string | undefined): boolean {
  const outcome = outcomes[peer][lane]
  return outcome.is === 'yes' ? fault === undefined : fault !== undefined && outcome.says.test(fault)
}
