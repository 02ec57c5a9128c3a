import { describe, expect, test } from 'vitest'
import { lines, recording } from '../../fakes/minikube-recordings.ts'
import type { RunOptions, TestLaptop } from '../../fakes/minikube-laptop.ts'
import { withNode } from '../../../src/simulator/state.ts'
import {
  changeLaptop,
  cutOff,
  damagedKubeconfig,
  emptyHome,
  homeWithWork,
  killed,
  readKubeconfig,
  running,
  runningThen,
  withoutImages,
  writeKubeconfig,
} from './worlds.ts'

interface Replay {
  readonly clause: string
  readonly recording: string
  readonly world: () => Promise<TestLaptop>
  readonly options?: RunOptions
  /** Lines that are not simulated, or whose order is chance. */
  readonly without?: RegExp
}

const plain = (clause: string, ...names: readonly string[]): readonly Replay[] =>
  names.map((name) => ({ clause, recording: name, world: emptyHome }))

const onRunning = (clause: string, ...names: readonly string[]): readonly Replay[] =>
  names.map((name) => ({ clause, recording: name, world: running }))

const dryRuns =
  '059 060 061 062 063 065 067 069 071 073 075 076 077 079 080 081 082 083 084 085 086 087 088 089 '.concat(
    '091 092 093 096 098 102 106 107 108 109 110 111 114 117 119 120',
  )

const afterRm = async () => runningThen('docker rm -f devk8s')
const twoTries = async () => {
  const laptop = await afterRm()
  await laptop.run(recording('running-k8s-118').argv)
  return laptop
}

const replays: readonly Replay[] = [
  ...plain('2', '001', '002'),
  ...plain('3', '006', '007', '009', '018', '024', '025'),
  ...plain('4', '010', '011', '016', '017', '013'),
  ...plain('5', '026', '027', '028', '030', '031'),
  ...plain('6', '052', '053', '099'),
  ...plain('8', ...dryRuns.split(' ')),
  { clause: '7', recording: '078', world: async () => dryRunFirst() },
  {
    clause: '9',
    recording: '125',
    world: emptyHome,
    options: { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } },
  },
  {
    clause: '9',
    recording: '126',
    world: emptyHome,
    options: { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } },
  },
  { clause: '11', recording: 'running-k8s-001', world: homeWithWork },
  { clause: '11', recording: 'running-k8s-047', world: homeWithWork, without: /^$/ },
  ...onRunning('12', 'running-k8s-008', 'running-k8s-129'),
  { clause: '13', recording: 'running-k8s-043', world: keptContextStopped },
  { clause: '13', recording: 'running-k8s-041', world: async () => runningThen('minikube stop -p devk8s') },
  { clause: '13', recording: 'running-k8s-100', world: async () => dockerStopped() },
  ...onRunning('14', 'running-k8s-032', 'running-k8s-033'),
  { clause: '14', recording: 'running-k8s-112', world: withMetrics },
  ...onRunning('15', 'running-k8s-002', 'running-k8s-003'),
  { clause: '15', recording: 'running-k8s-036', world: async () => runningThen('minikube stop -p devk8s') },
  { clause: '15', recording: 'running-k8s-037', world: async () => runningThen('minikube stop -p devk8s') },
  { clause: '15', recording: 'running-k8s-099', world: dockerStopped },
  { clause: '15', recording: 'running-107', world: dockerPaused },
  {
    clause: '15',
    recording: 'running-k8s-102',
    world: running,
    options: { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } },
  },
  { clause: '16', recording: 'running-k8s-005', world: running },
  { clause: '16', recording: 'running-k8s-006', world: running },
  { clause: '16', recording: 'running-k8s-038', world: async () => runningThen('minikube stop -p devk8s') },
  { clause: '16', recording: 'running-k8s-050', world: afterRm },
  ...onRunning(
    '17',
    'running-k8s-009',
    'running-k8s-010',
    'running-k8s-011',
    'running-k8s-012',
    'running-k8s-013',
  ),
  ...onRunning('17', 'running-k8s-014', 'running-k8s-016', 'running-k8s-017'),
  { clause: '17', recording: 'running-k8s-039', world: async () => runningThen('minikube stop -p devk8s') },
  ...onRunning('18', 'running-k8s-035', 'running-k8s-044'),
  { clause: '18', recording: 'running-058', world: async () => runningThen('minikube stop -p devk8s') },
  { clause: '18', recording: 'running-113', world: dockerPaused },
  { clause: '18', recording: 'running-k8s-051', world: afterRm },
  {
    clause: '18',
    recording: 'running-k8s-104',
    world: running,
    options: { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } },
  },
  { clause: '19', recording: 'running-k8s-046', world: async () => runningThen('minikube stop -p devk8s') },
  { clause: '19', recording: 'running-k8s-101', world: running },
  ...onRunning('20', 'running-020', 'running-k8s-020', 'running-k8s-023'),
  { clause: '20', recording: 'running-059', world: async () => runningThen('minikube stop -p devk8s') },
  { clause: '20', recording: 'running-120', world: afterRm },
  { clause: '20', recording: 'running-k8s-111', world: wrongPort },
  { clause: '21', recording: '137', world: async () => emptyHome(withoutImages), without: /The image '/ },
  { clause: '21', recording: '138', world: failedOffline },
  { clause: '21', recording: '139', world: failedOffline },
  { clause: '21', recording: '140', world: failedOffline, without: /The image '/ },
  { clause: '21', recording: '141', world: failedOffline },
  {
    clause: '22',
    recording: '148',
    world: async () => emptyHome(withoutImages),
    options: { killAt: 'Pulling base image' },
  },
  { clause: '22', recording: '149', world: interrupted },
  {
    clause: '22',
    recording: 'running-k8s-072',
    world: homeWithWork,
    options: { killAt: 'Creating docker container' },
  },
  {
    clause: '22',
    recording: 'running-k8s-073',
    world: async () => killed({ killAt: 'Creating docker container' }),
  },
  {
    clause: '22',
    recording: 'running-k8s-074',
    world: async () => killed({ killAt: 'Creating docker container' }),
  },
  {
    clause: '22',
    recording: 'running-k8s-075',
    world: async () => killed({ killAt: 'Creating docker container' }),
  },
  { clause: '22', recording: 'running-k8s-133', world: homeWithWork, options: { killAfterMs: 1_200 } },
  { clause: '22', recording: 'running-k8s-134', world: async () => killed({ killAfterMs: 1_200 }) },
  { clause: '22', recording: 'running-k8s-136', world: async () => killed({ killAfterMs: 1_200 }) },
  {
    clause: '22',
    recording: 'running-k8s-083',
    world: async () => killed({ killAt: 'Preparing Kubernetes' }),
  },
  {
    clause: '22',
    recording: 'running-k8s-084',
    world: async () => killed({ killAt: 'Preparing Kubernetes' }),
  },
  {
    clause: '22',
    recording: 'running-k8s-087',
    world: async () => killed({ killAt: 'Configuring bridge CNI' }),
  },
  {
    clause: '22',
    recording: 'running-k8s-089',
    world: async () => killed({ killAt: 'Configuring bridge CNI' }),
  },
  { clause: '23', recording: 'running-k8s-138', world: homeWithWork, options: { killAfterMs: 4_000 } },
  { clause: '23', recording: 'running-k8s-139', world: async () => killed({ killAfterMs: 4_000 }) },
  { clause: '23', recording: 'running-k8s-140', world: async () => killed({ killAfterMs: 4_000 }) },
  { clause: '23', recording: 'running-k8s-141', world: async () => killed({ killAfterMs: 4_000 }) },
  { clause: '23', recording: 'running-k8s-142', world: async () => killed({ killAfterMs: 4_000 }) },
  { clause: '25', recording: 'running-k8s-125', world: async () => damagedKubeconfig(await running()) },
  { clause: '25', recording: 'running-k8s-126', world: async () => damagedKubeconfig(await running()) },
  { clause: '25', recording: 'running-k8s-127', world: async () => damagedKubeconfig(await running()) },
  { clause: '25', recording: 'running-k8s-123', world: async () => damagedKubeconfig(await running()) },
  { clause: '25', recording: 'running-k8s-124', world: async () => damagedKubeconfig(await running()) },
  { clause: '26', recording: 'running-k8s-049', world: afterRm },
  { clause: '26', recording: 'running-k8s-118', world: afterRm },
  { clause: '26', recording: 'running-k8s-119', world: twoTries },
  { clause: '26', recording: 'running-k8s-120', world: twoTries },
  {
    clause: '26',
    recording: 'running-k8s-121',
    world: async () => runningThen('minikube stop -p devk8s', 'docker rm -f devk8s'),
  },
  {
    clause: '26',
    recording: 'running-k8s-122',
    world: async () => runningThen('docker rm -f devk8s', 'docker volume rm devk8s'),
  },
  {
    clause: '28',
    recording: 'running-k8s-143',
    world: async () => cutOff(await running(), 'machines/devk8s/config.json'),
  },
  {
    clause: '28',
    recording: 'running-k8s-144',
    world: async () => cutOff(await running(), 'machines/devk8s/config.json'),
  },
  {
    clause: '28',
    recording: 'running-k8s-145',
    world: async () => cutOff(await running(), 'machines/devk8s/config.json'),
  },
  {
    clause: '28',
    recording: 'running-k8s-146',
    world: async () => cutOff(await running(), 'machines/devk8s/config.json'),
  },
  {
    clause: '28',
    recording: 'running-k8s-148',
    world: async () => cutOff(await running(), 'profiles/devk8s/config.json'),
  },
  {
    clause: '28',
    recording: 'running-k8s-149',
    world: async () => cutOff(await running(), 'profiles/devk8s/config.json'),
  },
  {
    clause: '28',
    recording: 'running-k8s-150',
    world: async () => cutOff(await running(), 'profiles/devk8s/config.json'),
  },
  {
    clause: '28',
    recording: 'running-k8s-151',
    world: async () => cutOff(await running(), 'profiles/devk8s/config.json'),
  },
  {
    clause: '29',
    recording: 'running-k8s-105',
    world: running,
    options: { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } },
  },
  { clause: '29', recording: 'running-k8s-115', world: initFailed },
  { clause: '29', recording: 'running-k8s-117', world: initFailed },
  {
    clause: '29',
    recording: 'running-k8s-114',
    world: running,
    options: { faults: [{ name: 'cluster.start', value: 'init-fails' }] },
  },
  {
    clause: '24',
    recording: 'running-k8s-113',
    world: withMetrics,
    options: { faults: [{ name: 'cluster.start', value: 'reset' }] },
  },
]

async function dryRunFirst(): Promise<TestLaptop> {
  const laptop = await emptyHome()
  await laptop.run(recording('059').argv)
  return laptop
}

async function dockerStopped(): Promise<TestLaptop> {
  return changeLaptop(await running(), (laptop) => ({
    ...withNode(laptop, 'devk8s', { kubelet: false, apiserver: false }),
    containers: { devk8s: 'exited' },
  }))
}

async function dockerPaused(): Promise<TestLaptop> {
  return changeLaptop(await running(), (laptop) => ({ ...laptop, containers: { devk8s: 'paused' } }))
}

/** The profile remembers --keep-context (recorded running-k8s-041, 043). */
async function keptContextStopped(): Promise<TestLaptop> {
  const laptop = await running()
  await laptop.run(recording('running-k8s-024').argv)
  await laptop.run(['minikube', 'stop', '-p', 'devk8s'])
  return laptop
}

async function failedOffline(): Promise<TestLaptop> {
  const laptop = await emptyHome(withoutImages)
  await laptop.run(recording('137').argv)
  return laptop
}

async function interrupted(): Promise<TestLaptop> {
  const laptop = await emptyHome()
  await laptop.run(recording('148').argv, { killAt: 'Pulling base image' })
  return laptop
}

async function wrongPort(): Promise<TestLaptop> {
  const laptop = await running()
  await writeKubeconfig(laptop, (await readKubeconfig(laptop)).replace(':8443', ':9999'))
  return laptop
}

async function withMetrics(): Promise<TestLaptop> {
  return runningThen('minikube addons enable metrics-server -p devk8s')
}

async function initFailed(): Promise<TestLaptop> {
  const laptop = await withMetrics()
  await laptop.run(recording('running-k8s-114').argv, {
    faults: [{ name: 'cluster.start', value: 'init-fails' }],
  })
  return laptop
}

describe('minikube: the simulator says what the real one said', () => {
  test.for(replays)('clause $clause: $recording', async (replay) => {
    const recorded = recording(replay.recording)
    const laptop = await replay.world()
    const env = Object.keys(recorded.env).some((name) => name.startsWith('MINIKUBE_'))
      ? {}
      : { MINIKUBE_HOME: undefined, KUBECONFIG: undefined, MINIKUBE_IN_STYLE: undefined }
    const run = await laptop.run(recorded.argv, { env, ...replay.options })
    const compared = (text: string) =>
      lines(text, laptop.home).filter((line) => replay.without?.test(line) !== true)
    expect({ stdout: compared(run.stdout), exitCode: run.exitCode, stderr: compared(run.stderr) }).toEqual({
      stdout: compared(recorded.stdout),
      exitCode: recorded.exitCode,
      stderr: compared(recorded.stderr),
    })
  })
})
