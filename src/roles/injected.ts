import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeObject } from '../kube/object.ts'
import { containersOf, type PodContainer } from '../pods/pod.ts'
import {
  fullUri,
  fullUriVariable,
  type InjectedLane,
  relativeUri,
  relativeUriVariable,
  stsUrl,
  stsUrlVariable,
} from './injection.ts'

// What a pod that is there was given when it was made, told by its containers.

/** A container as the API has it; undefined where there is none of that name. */
export function rawContainer(
  { spec }: KubeObject,
  list: PodContainer['list'],
  name: string,
): Readonly<Record<string, unknown>> | undefined {
  const all = isRecord(spec) ? spec[list] : undefined
  return Array.isArray(all) ? all.filter(isRecord).find((each) => each['name'] === name) : undefined
}

/** By the value, since a container may have set the variable itself. */
const marks = [
  { lane: 'A', variable: fullUriVariable, value: fullUri },
  { lane: 'R', variable: relativeUriVariable, value: relativeUri },
  { lane: 'S', variable: stsUrlVariable, value: stsUrl },
] as const

/** Containers of a pod that carry what a lane puts in, and which. */
export function injectedContainers(
  pod: KubeObject,
): readonly { readonly name: string; readonly lane: InjectedLane }[] {
  return containersOf(pod['spec']).flatMap(({ list, name }) => {
    const env = rawContainer(pod, list, name)?.['env']
    const set = Array.isArray(env) ? env.filter(isRecord) : []
    const mark = marks.find(({ variable, value }) =>
      set.some((each) => each['name'] === variable && each['value'] === value),
    )
    return mark === undefined ? [] : [{ name, lane: mark.lane }]
  })
}

/** The lane whose variables a pod has; undefined when it has none. */
export const injectedLane = (pod: KubeObject): InjectedLane | undefined => injectedContainers(pod)[0]?.lane
