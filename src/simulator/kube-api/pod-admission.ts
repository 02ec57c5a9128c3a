import { kindNamed } from './kinds.ts'
import { at, fieldsOf, type KubeObject, listOf, textOf } from './object.ts'
import { mutatedPod } from './pod-policies.ts'
import { getObject, type KubeStore } from './store.ts'

/**
 * What becomes of a pod on its way in, whoever creates it: its service account first, then the policies, as the API
 * server orders them (kube-api.md, 50 and 51).
 */
export function admittedPod(pod: KubeObject, store: KubeStore): KubeObject {
  return mutatedPod(withServiceAccount(pod, store), store)
}

/** A pod without pull secrets gets those of its service account (kubernetes: plugin/pkg/admission/serviceaccount). */
function withServiceAccount(pod: KubeObject, store: KubeStore): KubeObject {
  const spec = fieldsOf(pod['spec'])
  const serviceAccountName = textOf(spec['serviceAccountName']) ?? 'default'
  const account = getObject(store, {
    kind: kindNamed('ServiceAccount'),
    namespace: pod.metadata.namespace,
    name: serviceAccountName,
  })
  const own = listOf(spec['imagePullSecrets'])
  const imagePullSecrets = own.length > 0 ? own : listOf(at(account, 'imagePullSecrets'))
  return {
    ...pod,
    spec: {
      ...spec,
      serviceAccountName,
      ...(imagePullSecrets.length === 0 ? {} : { imagePullSecrets }),
    },
  }
}
