import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { recording } from '../../fakes/minikube-recordings.ts'
import { recordedLaptop, type TestLaptop } from '../../fakes/minikube-laptop.ts'
import type { Laptop } from '../../../src/simulator/state.ts'

/** The start that the recordings `running-k8s-*` repeat. */
export const startLine: readonly string[] = recording('running-k8s-001').argv
const foreign = recording('running-k8s-001').kubeconfigBefore ?? ''

/** An empty home, as for the recordings 001 to 150; `offline` has no images either. */
export async function emptyHome(change?: (laptop: Laptop) => Laptop): Promise<TestLaptop> {
  return recordedLaptop(change)
}

export const withoutImages = (laptop: Laptop): Laptop => ({ ...laptop, imagesCached: false })

/** A home with the kubeconfig of another cluster, no cluster. */
export async function homeWithWork(): Promise<TestLaptop> {
  const laptop = await recordedLaptop()
  await writeKubeconfig(laptop, foreign)
  return laptop
}

/** `devk8s` runs, the kubeconfig holds `work` and `devk8s`. */
export async function running(): Promise<TestLaptop> {
  const laptop = await homeWithWork()
  await laptop.run(startLine)
  return laptop
}

/** The same after these commands, each a line without spaces in its words. */
export async function runningThen(...commands: readonly string[]): Promise<TestLaptop> {
  const laptop = await running()
  for (const command of commands) await laptop.run(command.split(' '))
  return laptop
}

/** A start that was killed after so many ms, or as soon as something was printed. */
export async function killed(how: {
  readonly killAfterMs?: number
  readonly killAt?: string
}): Promise<TestLaptop> {
  const laptop = await homeWithWork()
  await laptop.run(startLine, how)
  return laptop
}

export function kubeconfigFile(laptop: TestLaptop): string {
  return join(laptop.home, '.kube/config')
}

export async function writeKubeconfig(laptop: TestLaptop, text: string): Promise<void> {
  await mkdir(dirname(kubeconfigFile(laptop)), { recursive: true })
  await writeFile(kubeconfigFile(laptop), text)
}

export async function readKubeconfig(laptop: TestLaptop): Promise<string> {
  return readFile(kubeconfigFile(laptop), 'utf8')
}

/** Cuts one of minikube's files off in the middle. */
export async function cutOff(laptop: TestLaptop, path: string): Promise<TestLaptop> {
  await truncate(join(laptop.home, '.minikube', path), 400)
  return laptop
}

/** The kubeconfig that running-k8s-123 to 127 found. */
export async function damagedKubeconfig(laptop: TestLaptop): Promise<TestLaptop> {
  const text = recording('running-k8s-123').kubeconfigBefore ?? ''
  await writeKubeconfig(laptop, text.replaceAll('/home/dev', laptop.home))
  return laptop
}

export async function changeLaptop(
  laptop: TestLaptop,
  change: (laptop: Laptop) => Laptop,
): Promise<TestLaptop> {
  await laptop.store.change(change)
  return laptop
}
