import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordingIds, scrub } from '../../fakes/kube-recording.ts'
import {
  findKubectls,
  type KubeSubject,
  minorOf,
  realKubectl,
  simulatedKubectl,
} from '../../fakes/kube-subject.ts'
import { type Replayed, replay, session } from './session.ts'

const found = await findKubectls(process.env['PATH'] ?? '')
const recordedMinors = ['27', '33']
const [oldest, newest] = [found[0], found.at(-1)]
// The recordings of two versions; any other kubectl is compared with the nearer one in api-with-kubectl.test.ts.
const subjects: readonly {
  readonly name: string
  readonly recorded: string
  make(): Promise<KubeSubject>
}[] = [
  {
    name: 'the simulated kubectl',
    recorded: '1.33',
    make: () => Promise.resolve(simulatedKubectl('v1.36.2')),
  },
  ...[oldest, newest]
    .filter((each) => each !== undefined && recordedMinors.includes(String(minorOf(each.version))))
    .map((each) => ({
      name: `kubectl ${each!.version} on the loopback server`,
      recorded: `1.${minorOf(each!.version)}`,
      make: () => realKubectl(each!, 'v1.36.2'),
    })),
]

const kept = new Set(recordingIds())

describe.each(subjects)('the recorded session with $name', ({ recorded, make }) => {
  const ids = session.map((number) => `${recorded}/${number}`).filter((id) => kept.has(id))
  let subject: KubeSubject
  let replayed: readonly Replayed[] = []
  beforeAll(async () => {
    subject = await make()
    replayed = await replay(subject, ids)
  }, 120_000)
  afterAll(() => subject.close())
  test.each(ids)('%s: same output, same exit code', (id) => {
    const { recording, run } = replayed.find((each) => each.recording.id === id)!
    expect({ exit: run.exitCode, stdout: scrub(run.stdout), stderr: scrub(run.stderr) }).toEqual({
      exit: recording.exitCode,
      stdout: scrub(recording.stdout),
      stderr: scrub(recording.stderr),
    })
  })
})
