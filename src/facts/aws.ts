import type { Facts } from '../plan/facts.ts'
import type { Layout } from '../plan/layout.ts'
import type { Ports } from '../ports/ports.ts'
import { agentProgramMissing } from '../problems/agent.ts'
import { isDevK8sError, problem } from '../problems/problem.ts'
import type { Profile } from '../profile/profile.ts'
import { runningBroker } from '../upkeep/broker-files.ts'
import { ownService } from '../upkeep/broker-service.ts'
import { associationsOf, readImported } from '../roles/association-files.ts'
import type { ServicePlace } from '../upkeep/broker-units.ts'
import { awsPlaces } from '../upkeep/places.ts'
import { readUpkeeps } from '../upkeep/records.ts'
import { partsOf, upkeepParts } from '../upkeep/upkeep.ts'
import { wantsUpkeep } from '../upkeep/wants-upkeep.ts'

/** What a plan depends on of AWS on this machine. */
export type AwsFacts = Pick<
  Facts,
  'signIn' | 'keptFresh' | 'associations' | 'agentProgram' | 'broker' | 'brokerRuns' | 'brokerService'
> & {
  /** A package without the agent's program, where the profile wants the agent. */
  readonly problems?: Facts['problems']
}

export interface AwsLook {
  readonly signal: AbortSignal
  /** The folder of the installed package. */
  readonly packageFolder: string
  /** Where a service of the broker would lie. */
  readonly brokerService?: ServicePlace | undefined
}

/**
 * Reads how the person signs in, what is kept fresh in which cluster, and what there is of a broker. Asks no network; a
 * broker that seems to run costs one child process.
 * @throws the signal's reason when aborted; DevK8sError DK6001-DK6003 when the file system refuses.
 */
export async function gatherAwsFacts(
  profile: Profile,
  layout: Layout,
  ports: Ports,
  look: AwsLook,
): Promise<AwsFacts> {
  const [signIn, keptFresh, broker, agent] = await Promise.all([
    readSignIn(profile, ports),
    readKeptFresh(layout, ports),
    readBroker(layout, ports, look),
    readAgent(profile, layout, ports, look),
  ])
  return { keptFresh, ...broker, ...agent, ...(signIn !== undefined && { signIn }) }
}

/** The agent's program, which the build has put beside this one, and what was imported for it. */
async function readAgent(
  { aws }: Profile,
  layout: Layout,
  { files, host }: Pick<Ports, 'files' | 'host'>,
  { packageFolder }: AwsLook,
): Promise<Pick<AwsFacts, 'associations' | 'agentProgram' | 'problems'>> {
  if (aws?.roles === undefined || aws.lane === 'env') return { associations: [] }
  const places = awsPlaces(layout, (await host.read()).platform)
  const path = `${packageFolder}/dist/agent/agent.cjs`
  const [imported, agentProgram] = await Promise.all([readImported(files, places), files.readText(path)])
  const associations = associationsOf(imported)
  return agentProgram === undefined
    ? { associations, problems: [programMissing(path)] }
    : { associations, agentProgram }
}

const programMissing = (path: string) =>
  problem(agentProgramMissing, {
    detail: `There is no file ${path}, and the profile's aws.roles needs it.`,
    next: ['npm install --global devk8s'],
    place: { file: path },
  })

/** What is kept fresh, by its records. */
async function readKeptFresh(
  layout: Layout,
  { files, host }: Pick<Ports, 'files' | 'host'>,
): Promise<Facts['keptFresh']> {
  const recorded = await readUpkeeps(files, awsPlaces(layout, (await host.read()).platform))
  return recorded.map((each) => {
    const { cluster } = each
    if (!('upkeep' in each)) return { cluster, parts: upkeepParts }
    const { profile: inRecord } = each.upkeep.source
    return {
      cluster,
      parts: partsOf(each.upkeep),
      ...(inRecord === undefined ? {} : { profile: inRecord }),
    }
  })
}

/** Whether a broker runs, and whether anything is left of one: `down` and a killed one leave what starts it again. */
async function readBroker(
  layout: Layout,
  ports: Pick<Ports, 'exec' | 'files' | 'host'>,
  { signal, brokerService }: AwsLook,
): Promise<Pick<Facts, 'broker' | 'brokerRuns' | 'brokerService'>> {
  const { files, host } = ports
  const places = awsPlaces(layout, (await host.read()).platform)
  const [running, service, ...found] = await Promise.all([
    runningBroker(places, { ports, signal }),
    ownService(brokerService, ports),
    ...[places.brokerRecord, places.brokerLock].map(async (path) => (await files.stat(path)) !== undefined),
  ])
  return {
    broker: service !== undefined || found.includes(true),
    brokerRuns: running !== undefined,
    ...(brokerService === undefined ? {} : { brokerService }),
  }
}

/** Reads files alone; what is wrong with them the step of the identity says. */
async function readSignIn({ aws }: Profile, ports: Pick<Ports, 'aws'>): Promise<Facts['signIn']> {
  if (!wantsUpkeep(aws)) return undefined
  return ports.aws
    .signInOf(aws.profile === undefined ? {} : { profile: aws.profile })
    .catch((error: unknown) => {
      if (isDevK8sError(error)) return undefined
      throw error
    })
}
