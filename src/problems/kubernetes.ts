// Problems of the DK4xxx family: the Kubernetes API, kubectl's answers, manifests, kubeconfig files.
import type { ProblemKind } from './problem.ts'

export const apiUnreachable: ProblemKind = {
  code: 'DK4001',
  title: 'The Kubernetes API cannot be reached',
  exit: 1,
  hint: 'The cluster is stopped, still starting, or got another address. `devk8s up` starts it and follows the address; `devk8s status` shows what is there.',
}

export const apiSilent: ProblemKind = {
  code: 'DK4002',
  title: 'The Kubernetes API did not answer in time',
  exit: 1,
  hint: 'Something listens at the address but is silent: an overloaded node, a proxy in between, or a cluster that is shutting down. Try again; if it stays so, `devk8s down` and `devk8s up` restart the node.',
}

export const apiNotTrusted: ProblemKind = {
  code: 'DK4003',
  title: 'The connection to the Kubernetes API is not trusted',
  exit: 4,
  hint: 'The certificate that answered is not the one the kubeconfig names: another cluster at the same address, an intercepting proxy, a wrong clock, or credentials from before the cluster was recreated. `devk8s up` writes the present credentials.',
}

export const apiUnauthorized: ProblemKind = {
  code: 'DK4004',
  title: 'The Kubernetes API does not accept the credentials',
  exit: 4,
  hint: 'The client certificate or token is expired or belongs to another cluster. For the local cluster `devk8s up` renews them.',
}

export const apiForbidden: ProblemKind = {
  code: 'DK4005',
  title: 'The Kubernetes API forbids it',
  exit: 4,
  hint: 'The identity is known but has no permission for this. On the local cluster it should be an administrator: somebody changed its RBAC rules or an admission policy.',
}

export const objectNotFound: ProblemKind = {
  code: 'DK4006',
  title: 'Something the objects refer to is not in the cluster',
  exit: 1,
  hint: 'Most often a namespace that nobody creates. Name it under `namespaces` in the profile, or put it into the manifests.',
}

export const fieldsManaged: ProblemKind = {
  code: 'DK4007',
  title: 'Another program manages these fields',
  exit: 4,
  hint: 'Server-side apply refuses to take fields from another manager, and devk8s never forces it: the change may be somebody’s work. Either drop the field from the manifest, or hand it over on purpose with the command shown.',
}

export const objectInvalid: ProblemKind = {
  code: 'DK4008',
  title: 'The Kubernetes API refused an object',
  exit: 2,
  hint: 'The manifest parses but is not valid for this version of Kubernetes. The message names the field.',
}

export const kindUnknown: ProblemKind = {
  code: 'DK4009',
  title: 'The cluster does not know this kind of object',
  exit: 4,
  hint: 'Its CustomResourceDefinition is not installed, or the API version was removed from this version of Kubernetes. Put the CRD into the manifests before the objects that need it.',
}

export const apiFailed: ProblemKind = {
  code: 'DK4010',
  title: 'The Kubernetes API failed',
  exit: 1,
  hint: 'The API server answered with an error of its own, or an admission webhook behind it did not answer. It is often over in a minute; run the command again.',
}

export const kubectlFailed: ProblemKind = {
  code: 'DK4011',
  title: 'kubectl failed',
  exit: 1,
  hint: 'kubectl ended with an error that devk8s does not know. Its last words are shown.',
}

export const kubectlUnreadable: ProblemKind = {
  code: 'DK4012',
  title: 'kubectl gave an answer that cannot be read',
  exit: 1,
  hint: 'kubectl said it succeeded, but its output is not the JSON that was asked for. A wrapper script called kubectl, or a plugin that prints, may be in the way.',
}

export const workloadNotReady: ProblemKind = {
  code: 'DK4013',
  title: 'A workload does not become ready',
  exit: 1,
  hint: 'The objects are in the cluster but their pods do not run. The reason is Kubernetes’ own and is shown for each.',
}

export const sampleNotServed: ProblemKind = {
  code: 'DK4014',
  title: 'The sample application is not served through the ingress',
  exit: 1,
  hint: 'The sample runs, but a request through the ingress does not get its page. Either no ingress controller is there (enable the `ingress` add-on), or the address of the node cannot be reached from this machine (VPN, firewall, proxy).',
}

export const ingressUnreachable: ProblemKind = {
  code: 'DK4015',
  title: 'The ingress cannot be reached from this machine',
  exit: 4,
  hint: 'With Docker Desktop, and Docker in a virtual machine in general, node addresses exist only inside that machine. Publish ports 80 and 443 of the node when the cluster is created (`cluster.ports` in the profile), or keep `minikube tunnel` running.',
}

export const kubectlConfigUnusable: ProblemKind = {
  code: 'DK4016',
  title: 'kubectl cannot use its kubeconfig',
  exit: 1,
  hint: 'The kubeconfig that devk8s keeps for its cluster is missing, damaged or names certificates that are gone. `devk8s up` writes it again.',
}

export const kubectlInterrupted: ProblemKind = {
  code: 'DK4017',
  title: 'kubectl was interrupted',
  exit: 130,
  hint: 'kubectl was stopped before it had answered, by Ctrl-C or by another program. Run the command again.',
}

export const manifestUnusable: ProblemKind = {
  code: 'DK4020',
  title: 'A manifest cannot be used',
  exit: 2,
  hint: 'Manifests are YAML or JSON documents with apiVersion, kind and metadata.name. Nothing was applied.',
}

export const kubeconfigUnreadable: ProblemKind = {
  code: 'DK4030',
  title: 'A kubeconfig file cannot be read',
  exit: 4,
  hint: 'The file is not a kubeconfig that kubectl would accept. devk8s never replaces a file that it does not understand: mend or move it, then run the command again.',
}

export const kubeconfigUneditable: ProblemKind = {
  code: 'DK4031',
  title: 'A kubeconfig file cannot be edited safely',
  exit: 4,
  hint: 'devk8s changes only its own entries and checks that nothing else changed. Here that cannot be done, so the file was left as it is.',
}

export const kubeconfigLocked: ProblemKind = {
  code: 'DK4032',
  title: 'A kubeconfig file is locked',
  exit: 6,
  hint: 'kubectl and devk8s mark a kubeconfig as being written with a file beside it that ends in `.lock`. A killed program leaves it behind, and then every tool waits for nobody. Remove it when no such program runs.',
}

export const contextForeign: ProblemKind = {
  code: 'DK4033',
  title: 'A context of that name belongs to somebody else',
  exit: 4,
  hint: 'The kubeconfig has an entry of that name which this cluster’s devk8s did not write, and devk8s leaves such entries alone. Give the local cluster another name with `context.name` in the profile or `--context-name`, or remove the entry yourself.',
}

export const credentialsIncomplete: ProblemKind = {
  code: 'DK4034',
  title: 'The cluster’s credentials are incomplete',
  exit: 1,
  hint: 'minikube’s kubeconfig for this cluster lacks the entry, the address or a certificate that it should have. `devk8s up` lets minikube write it again.',
}
