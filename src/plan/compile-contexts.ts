import { boundFileOf, ownKubeconfigs } from '../contexts/bound.ts'
import { contextPlaces } from '../contexts/places.ts'
import type { HostFacts } from '../ports/host.ts'
import type { LoadedProfile, Profile, RemoteContextSpec } from '../profile/profile.ts'
import type { Layout } from './layout.ts'
import type { Plan, Step, StepId } from './step.ts'

/** How this program is started again. */
export interface Program {
  readonly nodePath: string
  readonly scriptPath: string
  readonly version: string
}

/** What the part of a plan about remote contexts is made from. */
export interface ContextsInput {
  readonly loaded: LoadedProfile
  readonly layout: Layout
  readonly platform: HostFacts['platform']
  readonly program: Program
}

export interface ContextsOptions {
  /** Contexts that the profile has no more go. */
  readonly prune: boolean
  /** Protected contexts that may go too. */
  readonly agreed?: readonly string[] | 'all'
  /** Clusters are looked up whatever is known of a few minutes ago. */
  readonly fresh: boolean
}

/**
 * The steps of `up` about remote contexts; none for a profile without. They rest on nothing: a cluster that cannot be
 * looked up stops neither the others nor the local one.
 */
export function contextSteps(input: ContextsInput, options: ContextsOptions): readonly Step[] {
  const specs = specsOf(input.loaded.profile)
  if (specs.length === 0) return []
  return [
    launcherStep(input),
    ...specs.map((spec) => presentStep(input, spec, specs, options)),
    trimStep(input, specs, options),
  ]
}

/** `contexts sync` and `contexts diff`. */
export function compileContexts(input: ContextsInput, options: ContextsOptions): Plan {
  const steps = contextSteps(input, options)
  const { profile, hash } = input.loaded
  return {
    schema: 'devk8s.dev/plan/v1',
    command: 'contexts sync',
    profile: profile.name,
    profileHash: hash,
    // A profile that has no contexts any more may have had some.
    steps: steps.length > 0 ? steps : [trimStep(input, [], options)],
  }
}

/** For `destroy`: none of the team's contexts is left, since the launcher goes with the rest. */
export function contextsGoneStep(
  input: ContextsInput,
  needs: readonly StepId[],
): Step<'remote-contexts.trimmed'> {
  return {
    ...trimStep(input, [], { prune: true, fresh: false, agreed: 'all' }),
    title: 'Contexts of the remote clusters',
    needs,
  }
}

/** The wish for one entry of the profile, as `contexts adopt` looks at it too. */
export function presentStep(
  input: ContextsInput,
  spec: RemoteContextSpec,
  all: readonly RemoteContextSpec[],
  { fresh }: Pick<ContextsOptions, 'fresh'>,
): Step<'remote-context.present'> {
  const { profile } = input.loaded
  const others = all.filter((each) => each !== spec)
  return {
    id: `remote-context.${spec.name}`,
    kind: 'remote-context.present',
    title: spec.eks?.discover === true ? `Contexts ${spec.name}-*` : `Context ${spec.name}`,
    want: {
      spec,
      team: profile.name,
      ...placesOf(input),
      launcher: contextPlaces(input.layout, input.platform).launcher,
      ...regionOf(profile),
      ...(fresh ? { fresh } : {}),
      ...(spec.eks?.discover === true ? { others } : {}),
    },
    needs: [],
  }
}

function launcherStep({ layout, platform, program }: ContextsInput): Step {
  return {
    id: 'launcher',
    kind: 'launcher.present',
    title: 'Launcher for credentials',
    want: { path: contextPlaces(layout, platform).launcher, ...program },
    needs: [],
  }
}

function trimStep(
  input: ContextsInput,
  specs: readonly RemoteContextSpec[],
  { prune, fresh, agreed }: ContextsOptions,
): Step<'remote-contexts.trimmed'> {
  const { profile } = input.loaded
  const { bound } = contextPlaces(input.layout, input.platform)
  const boundFile = boundFileOf(input.layout.userKubeconfig, bound)
  return {
    id: 'remote-contexts',
    kind: 'remote-contexts.trimmed',
    title: 'No context that the profile dropped',
    want: {
      team: profile.name,
      specs,
      prune,
      ...(agreed === undefined ? {} : { agreed }),
      ...placesOf(input),
      ...(boundFile === undefined ? {} : { boundFile }),
      ...regionOf(profile),
      ...(fresh ? { fresh } : {}),
    },
    needs: [],
  }
}

/** What lasts goes to the person's own files, also in a shell that is bound by a small file before them. */
export function personalKubeconfigs({
  layout,
  platform,
}: Pick<ContextsInput, 'layout' | 'platform'>): readonly string[] {
  return ownKubeconfigs(layout.userKubeconfig, contextPlaces(layout, platform).bound)
}

function placesOf({ layout, platform }: ContextsInput) {
  const places = contextPlaces(layout, platform)
  return {
    userKubeconfig: personalKubeconfigs({ layout, platform }),
    backups: places.backups,
    cache: places.lookups,
    colors: places.colors,
  }
}

function regionOf({ aws }: Profile): { readonly region?: string } {
  const region = aws?.['region']
  return typeof region === 'string' ? { region } : {}
}

/** The profile's remote contexts, with its AWS profile for those that name none: a person may have another one for it. */
export function specsOf({ contexts, aws }: Profile): readonly RemoteContextSpec[] {
  const awsProfile = aws?.['profile']
  if (typeof awsProfile !== 'string') return contexts
  return contexts.map((spec) => ({
    ...spec,
    ...(spec.eks === undefined ? {} : { eks: { awsProfile, ...spec.eks } }),
    ...(spec.kops === undefined ? {} : { kops: { awsProfile, ...spec.kops } }),
  }))
}
