import { checkAddresses } from '../machine/addresses.ts'
import { checkArchitecture } from '../machine/architecture.ts'
import { type CertificateFile, caVariables, checkCertificates } from '../machine/certificates.ts'
import { checkClock } from '../machine/clock.ts'
import { checkCpus } from '../machine/cpus.ts'
import { checkDisk } from '../machine/disk.ts'
import { checkMemory } from '../machine/memory.ts'
import { checkPorts } from '../machine/ports.ts'
import { checkProxy } from '../machine/proxy.ts'
import { type ToolOnPath, checkTools } from '../machine/tools.ts'
import { checkVirtualization } from '../machine/virtualization.ts'
import { fits } from '../machine/verdict.ts'
import { checkWsl } from '../machine/wsl.ts'
import { profilePaths } from '../minikube/paths.ts'
import { checkCluster } from '../minikube/survey.ts'
import type { Finding, MachineCheck, Runner } from '../plan/step.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { fail } from '../problems/problem.ts'
import { changeOfMachine } from '../problems/host.ts'
import { versionOf } from '../tools/on-path.ts'
import { checkDriver } from './machine-driver.ts'
import {
  type MachineWant,
  type Reach,
  carriedCluster,
  dockerFact,
  hasCluster,
  readDocker,
  readHost,
} from './machine-readings.ts'

/**
 * Checks of the machine before anything is changed. They look in seconds, each for itself, so that all that is wrong
 * is said at once. They share their readings: with Docker, one child process for all of them.
 */
export const runner: Runner<'machine.fit'> = {
  lane: 'host',
  settleMs: 0,
  check: ({ want }, context) => checks[want.check](want, context),
  async apply({ want }) {
    fail(changeOfMachine, { detail: `machine.${want.check} was to be changed.` })
  },
}

type Check = (want: MachineWant, context: Reach) => Promise<Finding>

const checks: Readonly<Record<MachineCheck, Check>> = {
  architecture: async (_, context) => checkArchitecture(await readHost(context)),
  cpus: sized(async (want, context) =>
    checkCpus(want.cluster, await readHost(context), await dockerFact(want, context)),
  ),
  memory: sized(async (want, context) =>
    checkMemory(want.cluster, await readHost(context), await dockerFact(want, context)),
  ),
  disk: checkSpace,
  virtualization: carried(async (want, context) =>
    checkVirtualization(want.cluster.driver, await readHost(context)),
  ),
  driver: carried(checkDriver),
  ports: checkPublished,
  clock: checkTime,
  proxy: async (want, context) => checkProxy(context.env, want.cluster, await readHost(context)),
  certificates: checkCaFiles,
  addresses: async (want, context) =>
    checkAddresses(want.cluster, (await readHost(context)).interfaces, await hasCluster(want, context)),
  wsl: async (want, context) =>
    checkWsl(
      await readHost(context),
      want.tools.map(({ program }) => program),
      [want.minikube.home, want.dataFolder],
    ),
  tools: checkOtherTools,
}

/**
 * The same for its size. What an existing cluster has it had room for once, so that it is too much now is worth a
 * word and no reason to stop: making it anew with less would be stopped too.
 */
function sized(check: Check): Check {
  return async (want, context) => {
    const found = await carried(check)(want, context)
    if (found.state !== 'blocked' || !(await hasCluster(want, context))) return found
    const way = 'If it does not start, devk8s up --recreate makes it anew, which loses its data.'
    return fits(found.detail ?? {}, [
      `${found.problem.detail} The existing cluster was made with that. ${way}`,
    ])
  }
}

/** A check that judges an existing cluster by what it has. What it would be made anew with is judged with that wish. */
function carried(check: Check): Check {
  return async (want, context) => check({ ...want, cluster: await carriedCluster(want, context) }, context)
}

async function checkSpace(want: MachineWant, context: Reach): Promise<Finding> {
  const { files } = context.ports
  const space = async (path: string) => ({ path, freeBytes: await files.freeBytes(path) })
  const spaces = [await space(want.minikube.home), await space(want.dataFolder)] as const
  return checkDisk(spaces, await hasCluster(want, context), (await readHost(context)).platform)
}

/** A node that is up holds the ports itself, so they are asked about only while it is not. */
async function checkPublished(want: MachineWant, context: Reach): Promise<Finding> {
  const { platform } = await readHost(context)
  const { driver, ports } = want.cluster
  const published = driver === 'docker' || driver === 'podman' ? ports : []
  const taken: (typeof ports)[number][] = []
  for (const port of published) {
    const address = port.address === '' ? '0.0.0.0' : port.address
    if (!(await context.ports.net.canListen(address, port.host))) taken.push(port)
  }
  const isOurs = taken.length > 0 && (await hasCluster(want, context)) && (await isUp(want, context))
  return checkPorts(published, isOurs ? [] : taken, platform)
}

/** Shares its one call of `minikube status` with the check of the cluster. */
async function isUp(want: MachineWant, context: Reach): Promise<boolean> {
  const { state } = await checkCluster(want.minikube, context)
  return state.kind === 'running' || state.kind === 'paused' || state.kind === 'degraded'
}

async function checkTime(want: MachineWant, context: Reach): Promise<Finding> {
  const { clock, files } = context.ports
  const written = [profilePaths(want.minikube).profileConfig, ...want.tools.map(({ program }) => program)]
  const stats = await Promise.all(written.map((path) => files.stat(path)))
  const times = stats.flatMap((stat) => (stat === undefined ? [] : [stat.mtimeMs]))
  const reading = want.cluster.driver === 'docker' ? await readDocker(want, context) : undefined
  const docker =
    reading?.state.kind === 'ok' && reading.state.clockMs !== undefined
      ? { clockMs: reading.state.clockMs, askedAtMs: reading.askedAtMs }
      : undefined
  const readings = {
    nowMs: clock.now(),
    ...(docker !== undefined && { docker }),
    ...(times.length > 0 && { newestFileMs: Math.max(...times) }),
  }
  return checkClock(readings, (await readHost(context)).platform)
}

async function checkCaFiles(want: MachineWant, context: Reach): Promise<Finding> {
  const read = async (path: string): Promise<CertificateFile> => ({ path, text: await textOf(path, context) })
  const names = Object.keys(caVariables) as (keyof typeof caVariables)[]
  const variables = names.flatMap((name) => {
    const path = context.env[name]
    return path === undefined || path === '' ? [] : [{ name, path }]
  })
  return checkCertificates(
    await Promise.all(want.cluster.caCertificates.map(read)),
    await Promise.all(variables.map(async ({ name, path }) => ({ name, ...(await read(path)) }))),
  )
}

/** What cannot be read is as good as absent: minikube, too, would pass it over. */
async function textOf(path: string, { ports }: Reach): Promise<string | undefined> {
  try {
    return await ports.files.readText(path)
  } catch (error) {
    if (isDevK8sError(error)) return undefined
    throw error
  }
}

/** Versions are asked for a new cluster only: later the answer is known and would cost a child process each time. */
async function checkOtherTools(want: MachineWant, context: Reach): Promise<Finding> {
  const { exec } = context.ports
  const isFirst = !(await hasCluster(want, context))
  const tools = await Promise.all(
    want.tools.map(async ({ tool, program, version }): Promise<ToolOnPath> => {
      const found = await exec.find(tool)
      if (found === undefined || found === program) return { tool, program, version }
      const known = tool === 'minikube' || tool === 'kubectl' ? tool : undefined
      const other = isFirst && known ? await versionOf(known, found, exec, context.signal) : undefined
      return {
        tool,
        program,
        version,
        onPath: { program: found, ...(other !== undefined && { version: other }) },
      }
    }),
  )
  return checkTools(tools)
}
