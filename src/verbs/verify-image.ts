import type { RunResult } from '../engine/result.ts'
import { sourceOf } from '../plan/compile-aws.ts'
import { compileGround } from '../plan/compile-look.ts'
import { type CompileInput, refsOf } from '../plan/compile.ts'
import { DevK8sError, isDevK8sError, type Problem } from '../problems/problem.ts'
import { referenceProblem } from '../registry/advice.ts'
import type { UnservedRegistry } from '../registry/pod-advice.ts'
import { checkPodPull } from '../registry/pod-proof.ts'
import { checkPull, type PullOutcome } from '../registry/pull.ts'
import { type EcrImage, parseImage } from '../registry/reference.ts'
import { missingText, type PodPart, proofJson, proofRows } from '../registry/render.ts'
import { columnsOf } from '../world.ts'
import { sessionWantsOf } from '../upkeep/session-wants.ts'
import { prepare } from './prepare.ts'
import type { Session, VerbEnd } from './session.ts'
import { renderTable } from './table.ts'

/**
 * `verify --image`: proves that a private image can be pulled. First from this machine, with the identity that the
 * cluster's pull secrets are made with; then, with the cluster up, by a pod that never runs it.
 * @throws DevK8sError with what stands in the way, once the answer has been given.
 */
export async function verifyImage(
  session: Session,
  { text, namespace }: { readonly text: string; readonly namespace?: string },
): Promise<VerbEnd> {
  const image = parseImage(text)
  if ('reason' in image) throw new DevK8sError(referenceProblem(text, image))
  const input = await prepare(session, { manifests: 'unread' })
  const pull = await pullFromHere(image, input, session)
  for (const note of [...pull.notes, ...registryNotes(image, input)]) session.emit({ type: 'note', ...note })
  const pod = await podPart(image, pull, { input, session, ...(namespace !== undefined && { namespace }) })
  // What was not proved because somebody stopped it is no finding.
  session.signal.throwIfAborted()
  session.answer(
    proofJson(image, pull, pod),
    `${image.text}\n${renderTable(proofRows(pull, pod), columnsOf(session.world.stdout))}${missingText(pull.missing)}`,
  )
  const problems = problemsOf(pull, pod)
  if (problems[0] !== undefined) throw new DevK8sError(problems[0])
  return { exit: 0 }
}

const problemsOf = (pull: PullOutcome, pod: PodPart): readonly Problem[] => [
  ...(pull.problem === undefined ? [] : [pull.problem]),
  ...(pod.problem === undefined ? [] : [pod.problem]),
]

async function pullFromHere(
  image: EcrImage,
  { loaded, facts }: CompileInput,
  { ports, signal }: Session,
): Promise<PullOutcome> {
  const source = sourceOf(loaded.profile.aws ?? {})
  return checkPull(image, {
    ports,
    signal,
    wants: sessionWantsOf({ source }, ports.host.userName?.()),
    nodeArch: facts.host.arch === 'arm64' ? 'arm64' : 'amd64',
  })
}

/** Pods get tokens for the regions of the profile alone; this machine asks for any. */
function unservedIn({ account, region }: EcrImage, { loaded }: CompileInput): UnservedRegistry | undefined {
  const registries = loaded.profile.aws?.ecr?.registries
  const isServed = registries === undefined || registries.some(({ regions }) => regions.includes(region))
  return isServed ? undefined : { account, region }
}

function registryNotes(image: EcrImage, input: CompileInput) {
  const unserved = unservedIn(image, input)
  if (unserved === undefined) return []
  const { account, region } = unserved
  const { profile } = input.loaded
  const text = `aws.ecr.registries of the profile ${profile.name} has nothing in ${region}: pods get no token for it. Add {account: "${account}", regions: [${region}]}.`
  return [{ level: 'warning', text } as const]
}

async function podPart(
  image: EcrImage,
  { problem }: PullOutcome,
  {
    input,
    session,
    namespace = input.loaded.profile.context.namespace,
  }: { readonly input: CompileInput; readonly session: Session; readonly namespace?: string },
): Promise<PodPart> {
  if (problem !== undefined)
    return { kind: 'unasked', why: 'what this machine cannot pull, a node cannot either' }
  const plan = compileGround(input)
  const steps = plan.steps.filter(({ id }) => id !== 'addon.ingress')
  const ground = await session.run({ ...plan, steps }, 'look')
  session.signal.throwIfAborted()
  const why = whyNotUp(ground)
  if (why !== undefined) return { kind: 'unasked', why }
  session.emit({
    type: 'note',
    level: 'info',
    text: `A pod in the namespace ${namespace} pulls the image; it is removed again.`,
  })
  return podPull(image, namespace, input, session)
}

/** What the pod found. A cluster that does not take the pod must not hide what this machine found. */
async function podPull(
  image: EcrImage,
  namespace: string,
  input: CompileInput,
  { ports, signal }: Session,
): Promise<PodPart> {
  const { kubectl } = refsOf(input)
  const unserved = unservedIn(image, input)
  try {
    return {
      kind: 'asked',
      namespace,
      ...(await checkPodPull(image.text, {
        ports,
        signal,
        kubectl,
        namespace,
        ...(unserved === undefined ? {} : { unserved }),
      })),
    }
  } catch (error) {
    if (!isDevK8sError(error) || signal.aborted) throw error
    const [problem] = error.problems
    return { kind: 'unasked', why: problem.title, problem }
  }
}

/** Only a cluster of devk8s' own that is as the profile has it is given a pod. */
function whyNotUp({ steps }: RunResult): string | undefined {
  const blocked = steps.find(({ outcome }) => outcome === 'blocked' || outcome === 'failed')
  if (blocked !== undefined) return blocked.problem?.title ?? blocked.title
  const isUp = steps.every(({ outcome }) => outcome === 'ready')
  return isUp ? undefined : 'the cluster is not up; devk8s up brings it up'
}
