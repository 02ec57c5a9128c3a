import type { KubeObject } from '../kube/object.ts'
import { laneLabels } from '../roles/injection.ts'
import { awsLabel, containersServed } from './names.ts'
import type { ContainerVerdict } from './verdict.ts'

/** Why a container is left alone, to stand in a list: by its name, and by what it has. Nothing for one that is not. */
export function leftText(container: ContainerVerdict): readonly string[] {
  switch (container.is) {
    case 'skipped':
      return [`not ${container.name}, by eks.amazonaws.com/skip-containers`]
    case 'own-credentials':
      return container.from === undefined
        ? [`not ${container.name}, which sets ${container.variable} itself`]
        : [`not ${container.name}, which takes ${container.variable} from ${container.from}`]
    case 'own-files':
      return [`not ${container.name}, which has files of its own at ${container.path}`]
    case 'beyond':
      return [`not ${container.name}, for the first ${containersServed} containers alone are served`]
    case 'given':
    case 'has-them':
      return []
  }
}

const knownLabels = [...Object.keys(laneLabels), 'off']

/** A warning about a label that says nothing to devk8s: most likely a typing error. */
export function unknownLabel({ metadata: { labels } }: Pick<KubeObject, 'metadata'>): readonly string[] {
  const label = labels?.[awsLabel]
  return label === undefined || knownLabels.includes(label)
    ? []
    : [`Its label ${awsLabel}: "${label}" counts for nothing: devk8s knows ${knownLabels.join(', ')}.`]
}
