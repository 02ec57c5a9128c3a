import { keysAnnotation } from './names.ts'
import { sourceIn } from './own-sources.ts'
import { containersOf, keyedContainers } from './pod.ts'
import type { PodSurvey } from './pod-survey.ts'
import type { Verdict } from './verdict.ts'

/** A container that was given keys, and takes others from a source of its own. */
interface MixedContainer {
  readonly name: string
  /** `Secret mine`. */
  readonly source: string
  readonly variable: string
}

/** Of a pod that came before the policy knew the source, or one whose own manifest names both. */
export function mixed({ pod, ownSources }: PodSurvey): readonly MixedContainer[] {
  const { namespace = 'default' } = pod.metadata
  const given = new Set(keyedContainers(pod))
  return containersOf(pod['spec'])
    .filter(({ name }) => given.has(name))
    .flatMap(({ name, sources }) =>
      sources.flatMap((source) => {
        const variable = ownSources.get(sourceIn(namespace, source))
        return variable === undefined ? [] : [{ name, source, variable }]
      }),
    )
}

/** Made anew it would have its own alone, once the policy knows the source. */
export const isMixedByPolicy = (survey: PodSurvey): boolean =>
  survey.pod.metadata.annotations?.[keysAnnotation] !== undefined && mixed(survey).length > 0

export const mixedText = ({ name, source, variable }: MixedContainer): string =>
  `Container ${name} takes ${variable} from ${source} besides the keys of devk8s: it has a mixture of both, which AWS may refuse.`

/** What brings keys and is newer than the policy, which would give a new pod others besides. */
export function unknownSources({ pod, policy }: PodSurvey, { containers }: Verdict): readonly string[] {
  const { namespace = 'default' } = pod.metadata
  const sources = containers.flatMap((each) =>
    each.is === 'own-credentials' && each.from !== undefined ? [each.from] : [],
  )
  return policy.isThere
    ? [...new Set(sources)].filter((source) => !policy.ownSources.includes(sourceIn(namespace, source)))
    : []
}

export const unknownText = (source: string): string =>
  `The policy does not know yet that ${source} brings AWS keys; devk8s aws refresh tells it.`
