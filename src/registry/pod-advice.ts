import { renderShellWords } from '../cli/shell-words.ts'
import type { KubectlTarget } from '../kube/object.ts'
import { type Problem, problem } from '../problems/problem.ts'
import { podCannotPull, podProofUndecided } from '../problems/registry-check.ts'
import { pullSecretName } from './pull-pod.ts'

interface Where {
  readonly kubectl: KubectlTarget
  readonly namespace: string
}

/** What is known of the pull secret where a pull was refused. */
export interface SecretSight {
  readonly hasSecret: boolean
  readonly isSecretThere: boolean
  /** The registry of the image, where the profile asks for no token for its region. */
  readonly unserved?: UnservedRegistry
}

export interface UnservedRegistry {
  readonly account: string
  readonly region: string
}

type Cause = 'no-credentials' | 'not-allowed' | 'no-platform' | 'network' | 'full' | 'unknown'

/** By the words of containerd and docker, which are all that a node hands on. What matches nothing is told as it is. */
const causes: readonly (readonly [RegExp, Cause])[] = [
  [/no space left on device/i, 'full'],
  [/no match(?:ing manifest)? for (?:platform|linux)/i, 'no-platform'],
  [
    /no basic auth credentials|401 Unauthorized|authorization failed|insufficient_scope|failed to authorize/i,
    'no-credentials',
  ],
  [/403 Forbidden|not authorized to perform|token has expired|pull access denied/i, 'not-allowed'],
  [
    /dial tcp|i\/o timeout|no such host|x509:|TLS handshake|deadline exceeded|connection re(?:fused|set)/i,
    'network',
  ],
]

/** A pull that failed on the node, by the node's own words and what is known of the pull secret. */
export function podRefused(image: string, message: string, where: Where & SecretSight): Problem {
  const cause = causes.find(([pattern]) => pattern.test(message))?.[1] ?? 'unknown'
  const { unserved } = where
  if (unserved !== undefined && (cause === 'no-credentials' || cause === 'not-allowed')) {
    return notServed(image, unserved, essence(message))
  }
  const { reason, next } = explained(cause, where)
  return problem(podCannotPull, {
    detail: `In the namespace ${where.namespace}, ${image} was refused: ${reason}`,
    next,
    evidence: [essence(message)],
  })
}

/** Known before anything else is suspected: nobody asked AWS for a token that would do. */
function notServed(image: string, { account, region }: UnservedRegistry, evidence: string): Problem {
  const line = `{ account: '${account}', regions: [${region}] }`
  const kind = {
    ...podCannotPull,
    hint: 'Pods get pull tokens for the regions of aws.ecr.registries in the team’s profile alone; this machine asks for any. The image and your permissions are fine.',
  }
  return problem(kind, {
    detail: `${image} was refused: pods get no token for ${region}, since aws.ecr.registries of the profile has nothing there. Add ${line} to it, then run devk8s up.`,
    next: ['devk8s up'],
    evidence: [evidence],
  })
}

/** containerd names the image in front of each cause of a cause; what counts is the last one. */
function essence(message: string): string {
  const bare = message.replaceAll(
    /failed to (?:pull and unpack image|resolve (?:reference|image)) "[^"]*": /g,
    '',
  )
  return bare.length > 400 ? `…${bare.slice(-399)}` : bare
}

function explained(
  cause: Cause,
  where: Where & SecretSight,
): { readonly reason: string; readonly next: readonly string[] } {
  switch (cause) {
    case 'no-credentials':
    case 'not-allowed':
      return withoutRights(cause, where)
    case 'no-platform':
      return { reason: 'the image has no part for the architecture of the node.', next: ['devk8s status'] }
    case 'network':
      return {
        reason:
          'the node cannot reach the registry or S3, which this machine can: its proxy, DNS or certificates differ.',
        next: ['devk8s doctor'],
      }
    case 'full':
      return { reason: 'the disk of the node is full.', next: ['devk8s doctor'] }
    case 'unknown':
      return { reason: 'the node says why below.', next: [kubectlLine(where, ['get', 'events'])] }
  }
}

/** The three places where a token gets lost on its way from AWS to a pod. */
function withoutRights(
  cause: 'no-credentials' | 'not-allowed',
  where: Where & SecretSight,
): { readonly reason: string; readonly next: readonly string[] } {
  const { namespace, hasSecret, isSecretThere } = where
  if (!isSecretThere && namespace.startsWith('kube-')) {
    return {
      reason: 'namespaces kube-* get no pull secret of devk8s, since what runs there is the cluster’s own.',
      next: ['devk8s verify --help'],
    }
  }
  if (!isSecretThere) {
    return {
      reason: `there is no pull secret ${pullSecretName} in ${namespace}. devk8s up writes it where the profile has aws.ecr; the label devk8s.dev/aws: "off" keeps a namespace without.`,
      next: ['devk8s up', 'devk8s aws refresh'],
    }
  }
  if (!hasSecret) {
    return {
      reason: `the pull secret ${pullSecretName} is there, but the pod was not given it: the policy that attaches it is missing, or the cluster runs none.`,
      next: ['devk8s up', 'devk8s aws status'],
    }
  }
  return cause === 'no-credentials'
    ? {
        reason: `the pod has ${pullSecretName}, and the registry does not take what is in it: it has ended, or has no entry for this region.`,
        next: ['devk8s aws refresh', 'devk8s aws status'],
      }
    : {
        reason: `the pod has ${pullSecretName}, which was made with an identity that may not pull this image, or has ended.`,
        next: ['devk8s aws refresh', 'devk8s aws whoami'],
      }
}

/** The pod never came to the pull. @param minutes how long it was waited for. */
export function podUndecided(why: string, where: Where & { readonly minutes: number }): Problem {
  return problem(podProofUndecided, {
    detail:
      `In the namespace ${where.namespace}, within ${where.minutes} minutes: ${why === '' ? 'no word about the pod' : why}.`.replace(
        /\.\.$/,
        '.',
      ),
    next: [kubectlLine(where, ['get', 'events']), 'devk8s status'],
  })
}

const kubectlLine = ({ kubectl, namespace }: Where, words: readonly string[]): string =>
  renderShellWords([
    'kubectl',
    '--kubeconfig',
    kubectl.kubeconfig,
    '--context',
    kubectl.context,
    '-n',
    namespace,
    ...words,
  ])
