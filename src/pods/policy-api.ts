import type { ClusterSpec } from '../profile/profile.ts'

/** The API of MutatingAdmissionPolicy in a version of Kubernetes, and what turns it on. */
export interface PolicyApi {
  readonly apiVersion: `admissionregistration.k8s.io/${'v1' | 'v1beta1' | 'v1alpha1'}`
  /** Off by default: the gate and the API have to be asked for when the cluster starts. */
  readonly mustBeTurnedOn: boolean
}

/** Undefined where Kubernetes has no such policies (facts aws, 5). @param kubernetes such as `v1.35.1`. */
export function policyApiOf(kubernetes: string): PolicyApi | undefined {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(kubernetes) ?? []
  const version = Number(minor)
  if (major !== '1') return undefined
  if (version >= 36) return { apiVersion: 'admissionregistration.k8s.io/v1', mustBeTurnedOn: false }
  if (version >= 34) return { apiVersion: 'admissionregistration.k8s.io/v1beta1', mustBeTurnedOn: true }
  if (version >= 32) return { apiVersion: 'admissionregistration.k8s.io/v1alpha1', mustBeTurnedOn: true }
  return undefined
}

const gate = 'MutatingAdmissionPolicy'
const runtimeConfig = 'runtime-config'

/**
 * The cluster with the policies turned on, where its Kubernetes has them and has them off. minikube has no flag for the
 * API group, so it goes the way of all flags of the API server (facts minikube, 11).
 */
export function withPolicies<C extends Pick<ClusterSpec, 'kubernetes' | 'featureGates' | 'extraConfig'>>(
  cluster: C,
): C {
  const api = policyApiOf(cluster.kubernetes)
  if (api === undefined || !api.mustBeTurnedOn) return cluster
  const wanted = `${api.apiVersion}=true`
  const isSet = ({ component, key }: C['extraConfig'][number]) =>
    component === 'apiserver' && key === runtimeConfig
  const before = cluster.extraConfig.find(isSet)
  const value = [before?.value, wanted].filter((each) => each !== undefined).join(',')
  return {
    ...cluster,
    featureGates: { [gate]: true, ...cluster.featureGates },
    extraConfig: before?.value.split(',').includes(wanted)
      ? cluster.extraConfig
      : [
          ...cluster.extraConfig.filter((each) => !isSet(each)),
          { component: 'apiserver', key: runtimeConfig, value },
        ],
  }
}
