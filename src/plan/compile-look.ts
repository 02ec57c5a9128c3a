import { pushSteps } from './compile-aws.ts'
import { compileUp, planOf, refsOf, sampleStep, type CompileInput } from './compile.ts'
import type { Facts } from './facts.ts'
import type { Plan, Step, StepId } from './step.ts'

/** `verify`, first half: what the proof rests on. */
export function compileGround(input: CompileInput): Plan {
  const steps = looking(input).filter(({ id }) => groundSteps.has(id))
  return planOf('verify', input.loaded, within(steps))
}

const groundSteps: ReadonlySet<StepId> = new Set([
  'tool.minikube',
  'tool.kubectl',
  'cluster',
  'addon.ingress',
])

/** `verify`, second half: the proof itself. */
export function compileProof(input: CompileInput): Plan {
  return planOf('verify', input.loaded, within([sampleStep(input, refsOf(input))]))
}

/** `status`: the same checks as `up` without those of the machine. */
export function compileStatus(input: CompileInput): Plan {
  const steps = looking(input).filter(({ kind }) => kind !== 'machine.fit')
  return planOf('status', input.loaded, within(steps))
}

/** `doctor`: every check there is, and each to the bottom, so that all that is wrong is said at once. */
export function compileDoctor(input: CompileInput): Plan {
  return planOf('doctor', input.loaded, [...looking(input).map(thorough), ...pushSteps(input)])
}

/** A pod on trial shows whether the policies are in effect; looking at the objects does not (facts aws, 5). */
function thorough(step: Step): Step {
  return step.kind === 'upkeep.fresh' ? { ...step, want: { ...step.want, thorough: true } } : step
}

/** The steps of `up` for a look; faults of manifest files are one of them. */
function looking(input: CompileInput): readonly Step[] {
  const { facts } = input
  const { steps } = forLook(compileUp(input, { recreate: false, makeCurrent: false, verify: false }), facts)
  return facts.problems.length === 0 ? steps : [...steps, manifestsStep(facts)]
}

function manifestsStep({ problems }: Facts): Step {
  return {
    id: 'manifests',
    kind: 'manifests.usable',
    title: 'Manifests of the profile',
    want: { problems },
    needs: [],
  }
}

/**
 * The same plan with the needs dropped that only a change has: tools do not wait for the machine's checks, the
 * context not for the cluster, and a cluster that is not there needs no minikube to be seen missing. Whether the
 * context is possible is what a look at the context says anyway.
 */
export function forLook(plan: Plan, facts: Facts): Plan {
  const isFree = ({ kind }: Step) =>
    kind === 'tool.present' ||
    kind === 'context.present' ||
    (kind === 'cluster.running' && facts.existing === undefined)
  const steps = plan.steps.filter(({ kind }) => kind !== 'context.possible')
  return { ...plan, steps: steps.map((step) => (isFree(step) ? { ...step, needs: [] } : asked(step))) }
}

/** What of AWS is there the cluster and the record tell, each by itself and whoever is signed in. */
function asked(step: Step): Step {
  if (!kindsOfUpkeep.has(step.kind)) return step
  const isForChange = (need: StepId) => need === 'aws-identity' || need.startsWith('upkeep')
  return { ...step, needs: step.needs.filter((need) => !isForChange(need)) }
}

const kindsOfUpkeep: ReadonlySet<string> = new Set(['upkeep.fresh', 'upkeep.recorded', 'aws-agent.running'])

/** Drops needs on steps that are not there. */
function within(steps: readonly Step[]): readonly Step[] {
  const ids = new Set(steps.map(({ id }) => id))
  const there = (wanted: readonly StepId[]) => wanted.filter((id) => ids.has(id))
  return steps.map((step) => ({ ...step, needs: there(step.needs), after: there(step.after ?? []) }))
}
