import { distance } from 'fastest-levenshtein'

/** A fault to play: `cluster.start=reset`. */
export interface Fault {
  readonly name: string
  readonly value: string
}

export interface FaultKind {
  /** `addon.<name>` stands for any add-on. */
  readonly name: string
  readonly values: Readonly<Record<string, string>>
}

/** Every fault a rehearsal can play, with what it shows; `--help` prints this table. */
export const faultKinds: readonly FaultKind[] = [
  {
    name: 'tools.download',
    values: {
      'wrong-hash': 'The file arrives whole, but is not the one that was asked for.',
      truncated: 'The server ends the answer early and says nothing.',
      cut: 'The connection is lost once in the middle; the next try can go on from there.',
      html: 'A captive portal answers 200 with a web page.',
      slow: 'The file trickles in.',
      refused: 'Nothing listens at the download address.',
      'no-such-host': 'The name of the download server does not resolve.',
      'not-found': 'The server has no such version (404).',
      'disk-full': 'The disk fills up while the file is written.',
    },
  },
  {
    name: 'docker',
    values: {
      down: 'The Docker daemon does not run.',
      hang: 'The Docker daemon accepts connections and never answers.',
      denied: 'The user is not in the group docker.',
      absent: 'Docker is not installed.',
      'small-memory': 'Docker Desktop has been given 2 GB of memory only.',
    },
  },
  {
    name: 'cluster.start',
    values: {
      timeout: 'The API server never appears: minikube waits and ends with 105 K8S_APISERVER_MISSING.',
      reset:
        'The control plane of a cluster that was stopped cannot be restarted and is reset: exit 0, all data lost.',
      offline: 'The base image cannot be downloaded: 48 INET_LOOKUP_HOST.',
      'exit-50': 'An earlier start was killed too early: 50 DRV_CP_ENDPOINT until the cluster is deleted.',
      killed: 'minikube is killed while it creates the node.',
      hang: 'minikube goes silent while it boots the control plane and never ends.',
      garbage: 'minikube prints lines that are not JSON among its events.',
      'docker-down': 'Docker stops between the checks and the start: 63 PROVIDER_DOCKER_NOT_RUNNING.',
      memory: 'minikube finds the machine too small: 23 RSRC_INSUFFICIENT_REQ_MEMORY.',
      'init-fails': 'kubeadm init fails twice: 80 GUEST_START.',
    },
  },
  {
    name: 'cluster',
    values: {
      'container-gone':
        'The node container of an existing cluster was removed by hand; its volume is still there.',
      'volume-gone': 'The node container of an existing cluster was removed by hand, and its volume too.',
      'profile-damaged': 'minikube’s file about an existing cluster was cut off in the middle.',
      'machine-damaged': 'minikube’s file about the node of an existing cluster was cut off in the middle.',
      'half-made': 'The cluster is what a start leaves that was killed before Kubernetes ran.',
      'kubeconfig-damaged': 'The kubeconfig that devk8s keeps for an existing cluster is no longer YAML.',
    },
  },
  {
    name: 'node',
    values: {
      'routes-lost':
        'The rules and the address that lead pods to the AWS agent were cleared inside the node.',
      hijacked:
        'The ingress controller takes port 80 before those rules: pods that ask for metadata get a page of nginx.',
      'clock-skew': 'The node’s clock is 7 minutes ahead of this computer’s.',
      cilium: 'The node has the CNI Cilium, which may route packets of pods past the rules.',
      silent: '`minikube ssh` connects and never answers.',
    },
  },
  {
    name: 'agent',
    values: {
      'no-image': 'The image of the AWS agent cannot be pulled.',
      crash: 'The AWS agent ends as soon as it starts, again and again.',
    },
  },
  {
    name: 'kubeconfig',
    values: { locked: 'Another program holds the lock on your kubeconfig all the time.' },
  },
  {
    name: 'addon.<name>',
    values: {
      'never-ready': 'The add-on is enabled, but its pods never become ready.',
      'enable-fails': '`minikube addons enable` fails: 10 MK_ADDON_ENABLE.',
    },
  },
  {
    name: 'kube.api',
    values: {
      refused: 'Nothing listens at the API server’s address.',
      '503': 'The API server answers 503, as while it starts.',
      forbidden: 'The API server answers 403: the user may not do that.',
      unauthorized: 'The API server answers 401, as with an old certificate.',
    },
  },
  {
    name: 'aws',
    values: {
      'not-signed-in': 'The AWS profile signs in through SSO, and its session is gone.',
      expired: 'AWS answers that the session is over: ExpiredTokenException.',
      denied: 'AWS answers that the identity may not do this: AccessDeniedException.',
      offline: 'The name of no AWS server resolves.',
      'no-such-cluster': 'The account has no EKS cluster, and the kOps state store is empty.',
      slow: 'AWS accepts the request and does not answer before the deadline.',
      'wrong-account': 'The AWS profile leads to the account 999999999999.',
      'ecr-denied': 'The identity may do everything but ask ECR for a token: AccessDeniedException.',
      mfa: 'The AWS profile has long-term keys and a device, whose code has to be typed: any six digits.',
      'may-push': 'IAM says that the identity could push images to ECR.',
    },
  },
]

/**
 * Reads what `--rehearse-fault` was given. One unknown text refuses them all; each is returned with the nearest
 * fault that exists, e.g. `cluster.start=timout (did you mean cluster.start=timeout?)`.
 */
export function parseFaults(
  texts: readonly string[],
): { readonly faults: readonly Fault[] } | { readonly unknown: readonly string[] } {
  const unknown = texts.filter((text) => parseFault(text) === undefined)
  if (unknown.length > 0) return { unknown: unknown.map(withSuggestion) }
  return { faults: texts.flatMap((text) => parseFault(text) ?? []) }
}

function parseFault(text: string): Fault | undefined {
  const [name, value] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]
  if (!text.includes('=')) return undefined
  const kind = faultKinds.find((each) => each.name === generic(name))
  return kind !== undefined && Object.hasOwn(kind.values, value) ? { name, value } : undefined
}

function generic(name: string): string {
  return /^addon\.[a-z0-9][a-z0-9-]*$/.test(name) ? 'addon.<name>' : name
}

function withSuggestion(text: string): string {
  const addon = /^addon\.([a-z0-9-]+)/.exec(text)?.[1] ?? 'ingress'
  const all = faultKinds.flatMap((kind) =>
    Object.keys(kind.values).map((value) => `${kind.name.replace('<name>', addon)}=${value}`),
  )
  const [nearest] = all.toSorted((a, b) => distance(text, a) - distance(text, b))
  return `${text} (did you mean ${nearest}?)`
}
