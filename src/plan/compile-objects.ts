import type { KubeObject } from '../kube/object.ts'
import { clashingAddon } from '../minikube/addons.ts'
import { policyApiOf } from '../pods/policy-api.ts'
import type { Profile } from '../profile/profile.ts'
import { keysGoneId, modeIn, upkeepSteps } from './compile-aws.ts'
import type { CompileInput, Refs } from './compile.ts'
import type { Step, StepId } from './step.ts'

const registryCreds = 'registry-creds'
const registrySecretsId = 'addon-secrets.registry-creds'

/** What is in the cluster: namespaces, what of AWS is kept fresh there, add-ons, then the profile's manifests in their order. */
export function objectSteps(input: CompileInput, refs: Refs): readonly Step[] {
  const { namespaces } = input.loaded.profile
  const early = earlyStep(input, refs)
  const after = early.map(({ id }) => id)
  const upkeep = upkeepSteps(input, refs).map((step) =>
    step.kind === 'upkeep.fresh' && after.length > 0 ? { ...step, after } : step,
  )
  const upkeepIds = upkeep.map(({ id }) => id)
  const off = addonsOff(input.loaded.profile, refs)
  return [
    ...appliedStep(input, refs, { id: 'namespaces', title: 'Namespaces' }, namespaces.map(namespaceObject)),
    ...early,
    ...upkeep,
    ...off,
    ...registrySecretSteps(input, refs, upkeepIds),
    ...addonsOn(input).map((addon) => addonStep(input, refs, addon, off, upkeepIds)),
    ...manifestSteps(input, refs, [...after, ...upkeepIds]),
  ]
}

/**
 * Of the manifests, what pull secrets go to: they are there before the pods are, and all of them once `up` is through.
 * Namespaces always; where no policy gives pods their pull secret, service accounts too, since a pod takes it from there
 * when it is made and never again.
 */
function isEarly({ loaded: { profile }, facts }: CompileInput): (object: KubeObject) => boolean {
  if (profile.aws?.ecr === undefined) return () => false
  const objects = facts.manifests.flatMap((file) => file.objects)
  const isOwn = ({ kind, metadata }: KubeObject) =>
    kind === 'Namespace' && !profile.namespaces.some(({ name }) => name === metadata.name)
  // Other namespaces, such as an add-on's, may come later than this.
  const known = new Set([
    'default',
    ...[...profile.namespaces, ...objects.filter(isOwn).map(({ metadata }) => metadata)].map(
      ({ name }) => name,
    ),
  ])
  const hasPolicies = policyApiOf(profile.cluster.kubernetes) !== undefined
  return (object) =>
    isOwn(object) ||
    (!hasPolicies && object.kind === 'ServiceAccount' && known.has(object.metadata.namespace ?? 'default'))
}

function earlyStep(input: CompileInput, refs: Refs): readonly Step[] {
  const isNamespace = ({ kind }: KubeObject) => kind === 'Namespace'
  const objects = input.facts.manifests
    .flatMap((file) => file.objects)
    .filter(isEarly(input))
    .toSorted((a, b) => Number(isNamespace(b)) - Number(isNamespace(a)))
  const hasAccounts = !objects.every(isNamespace)
  const what = hasAccounts ? 'Namespaces and service accounts' : 'Namespaces'
  const needs = input.loaded.profile.namespaces.length > 0 ? ['namespaces'] : []
  return appliedStep(
    input,
    refs,
    { id: 'manifests.early', title: `${what} of the manifests`, needs },
    objects,
  )
}

/** A step that applies these; none where there are none. */
function appliedStep(
  input: CompileInput,
  { kubectl }: Refs,
  how: Pick<Step, 'id' | 'title'> & Partial<Pick<Step, 'needs' | 'after'>>,
  objects: readonly KubeObject[],
): readonly Step[] {
  if (objects.length === 0) return []
  const { id, title, needs = [], after } = how
  return [
    {
      id,
      kind: 'objects.applied',
      title,
      want: { kubectl, objects: input.stamp(objects) },
      needs: ['cluster', 'tool.kubectl', ...needs],
      ...(after === undefined ? {} : { after }),
    },
  ]
}

type Addon = readonly [name: string, options: Readonly<Record<string, string>>]

function addonStep(
  input: CompileInput,
  refs: Refs,
  [addon, options]: Addon,
  off: readonly Step<'addon.absent'>[],
  upkeep: readonly StepId[],
): Step {
  const { minikube, kubectl } = refs
  // The one that had the ports makes room first.
  const rival = off.find(({ want }) => want.addon === clashingAddon(addon))
  const isRegistryCreds = addon === registryCreds
  return {
    id: `addon.${addon}`,
    kind: 'addon.ready',
    title: `Add-on ${addon}`,
    want: { addon, options, minikube, kubectl, nodeArch: nodeArch(input) },
    needs: [
      'cluster',
      'tool.kubectl',
      ...(isRegistryCreds && registrySecretSteps(input, refs, upkeep).length > 0 ? [registrySecretsId] : []),
      // Without keys it would begin by emptying the pull secrets (facts aws, 2.6).
      ...(isRegistryCreds ? upkeep.filter((id) => id === 'upkeep.images' || id === keysGoneId) : []),
      ...(rival === undefined ? [] : [rival.id]),
    ],
  }
}

/**
 * The ingress add-on's webhook fails closed while its controller is down, so Ingresses of the profile can only be applied
 * behind it (facts sheet, 7.3). Pods get keys and pull secrets when they are made: those come first where they come at
 * all, and a person who is not signed in to AWS has the pods without.
 */
function manifestSteps(input: CompileInput, refs: Refs, upkeep: readonly StepId[]): readonly Step[] {
  const { namespaces } = input.loaded.profile
  let needs: readonly StepId[] = [
    ...(namespaces.length > 0 ? ['namespaces'] : []),
    ...addonsOn(input)
      .filter(([addon]) => addon !== registryCreds)
      .map(([addon]) => `addon.${addon}`),
  ]
  const isThere = isEarly(input)
  return input.facts.manifests.flatMap(({ path, objects: all }, index) => {
    const objects = all.filter((object) => !isThere(object))
    const how = { id: `manifests.${index + 1}`, title: `Manifests ${path}`, needs, after: upkeep }
    if (objects.length > 0) needs = [how.id]
    return appliedStep(input, refs, how, objects)
  })
}

/** Those that the profile wants, but for registry-creds where devk8s does its work: it would empty the pull secrets. */
function addonsOn(input: CompileInput): readonly Addon[] {
  const { addons, aws } = input.loaded.profile
  const isReplaced = aws?.ecr !== undefined && modeIn(input).mode === 'secret'
  return Object.entries(addons)
    .filter(([addon, { enabled }]) => enabled && !(isReplaced && addon === registryCreds))
    .map(([addon, { options }]) => [addon, options] as const)
}

/** The Secrets that the add-on waits for; with keys for ECR only the three others are placeholders. */
function registrySecretSteps(input: CompileInput, refs: Refs, upkeep: readonly StepId[]): readonly Step[] {
  const isOn = addonsOn(input).some(([addon]) => addon === registryCreds)
  if (!isOn || nodeArch(input) !== 'amd64') return []
  const hasKeys = input.loaded.profile.aws?.ecr !== undefined
  const placeholders = input.registrySecrets.filter(
    ({ metadata }) => !(hasKeys && metadata.name === 'registry-creds-ecr'),
  )
  const how = {
    id: registrySecretsId,
    title: 'Secrets that registry-creds waits for',
    // Keys that it has no more go first: one of these Secrets has their name.
    needs: upkeep.filter((id) => id === keysGoneId),
  }
  return appliedStep(input, refs, how, placeholders)
}

/** Add-ons that the profile names and does not want; those it does not name are nobody's business. */
function addonsOff({ addons }: Profile, { minikube }: Refs): readonly Step<'addon.absent'>[] {
  return Object.entries(addons)
    .filter(([, { enabled }]) => !enabled)
    .map(([addon]) => ({
      id: `addon-off.${addon}`,
      kind: 'addon.absent',
      title: `Add-on ${addon} off`,
      want: { addon, minikube },
      needs: ['cluster'],
    }))
}

const nodeArch = ({ facts: { host } }: CompileInput) => (host.arch === 'arm64' ? 'arm64' : 'amd64')

function namespaceObject({ name, labels, annotations }: Profile['namespaces'][number]): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels, annotations } }
}
