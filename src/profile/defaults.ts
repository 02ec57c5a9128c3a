import type { JsonMap } from './document.ts'
import type { Layer } from './merge.ts'
import { defaultMirrors, newestKubernetes, pinnedMinikube } from './pinned.ts'

/**
 * What holds where nobody says anything, in the file form. Each default of minikube that has moved between
 * versions is here (facts sheet, section 1), so that another minikube gives the same cluster.
 */
export const defaults: JsonMap = {
  cluster: {
    name: 'devk8s',
    kubernetes: newestKubernetes,
    driver: 'auto',
    runtime: 'docker',
    cpus: 2,
    memory: 'auto',
    disk: '20g',
    nodes: 1,
    featureGates: {},
    extraConfig: {},
    mounts: [],
    ports: [],
    registryMirrors: [],
    insecureRegistries: [],
    caCertificates: [],
    serviceCidr: '10.96.0.0/12',
  },
  tools: {
    minikube: { version: pinnedMinikube, mirror: defaultMirrors.minikube, sha256: {}, usePath: false },
    kubectl: { mirror: defaultMirrors.kubectl, sha256: {}, usePath: false },
  },
  addons: {},
  namespaces: [],
  manifests: [],
  context: { name: 'local', namespace: 'default', makeCurrent: 'if-none' },
  contexts: [],
}

export const defaultLayer: Layer = {
  tree: defaults,
  origin: () => ({ source: 'default', where: 'devk8s' }),
  place: () => undefined,
}
