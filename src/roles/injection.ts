import { ownCredentials } from '../pods/names.ts'
import { agentAddress, agentPort } from './names.ts'

// What the policy for roles puts into containers: names, paths and audiences of EKS's webhook, so that manifests and images
// need not know that they are on a laptop (amazon-eks-pod-identity-webhook, pkg/handler/handler.go and main.go).

const agentUrl = `http://${agentAddress}:${agentPort}`

/** Lane A, as EKS Pod Identity. */
export const fullUriVariable = 'AWS_CONTAINER_CREDENTIALS_FULL_URI'
/** Its port alone differs from EKS's, for the ingress add-on takes port 80 (facts aws, 4). */
export const fullUri = `${agentUrl}/v1/credentials`
export const tokenFileVariable = 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'

/** Lane R, as ECS: to 169.254.170.2, which the rules inside the nodes lead to the agent. SDKs of any age take it. */
export const relativeUriVariable = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'
/** ECS has an id of the task behind it; here the address says who asks. */
export const relativeUri = '/v2/credentials/devk8s'

/** Lane S, as IRSA, with STS at the agent. */
export const roleArnVariable = 'AWS_ROLE_ARN'
export const webIdentityVariable = 'AWS_WEB_IDENTITY_TOKEN_FILE'
export const stsUrlVariable = 'AWS_ENDPOINT_URL_STS'
export const stsUrl = `${agentUrl}/sts`

/** EKS runs its webhook with `--sts-regional-endpoint`. */
export const regionalStsVariable = 'AWS_STS_REGIONAL_ENDPOINTS'
/** On a service account, `false`: without the variable. */
export const regionalStsAnnotation = 'eks.amazonaws.com/sts-regional-endpoints'

/** A projected token, and where containers find it. */
export interface InjectedToken {
  readonly volume: string
  readonly directory: string
  readonly file: string
  readonly audience: string
}

export const podIdentityToken: InjectedToken = {
  volume: 'eks-pod-identity-token',
  directory: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
  file: 'eks-pod-identity-token',
  audience: 'pods.eks.amazonaws.com',
}

export const webIdentityToken: InjectedToken = {
  volume: 'aws-iam-token',
  directory: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
  file: 'token',
  audience: 'sts.amazonaws.com',
}

export const tokenPath = ({ directory, file }: InjectedToken): string => `${directory}/${file}`

/** On a pod: seconds that its token is good for, at least 600. */
export const tokenExpirationAnnotation = 'eks.amazonaws.com/token-expiration'
/** EKS's own: a day, or up to two hours less by chance. */
export const tokenExpirationSeconds = 86_400
export const leastTokenExpirationSeconds = 600

/** EKS's mark on pods of Pod Identity. */
export const podIdentityLabel = { name: 'eks.amazonaws.com/pod-identity', value: 'enabled' } as const

/** Lanes that a pod may name by the label `devk8s.dev/aws`. */
export const laneLabels = { on: 'A', relative: 'R', sts: 'S', imds: 'B' } as const

/** Lanes that put something into containers. */
export type InjectedLane = 'A' | 'R' | 'S'

/** Variables by which SDKs find the lane: a container that sets one of them keeps what it has. */
export const variablesOfLane = {
  A: [fullUriVariable, tokenFileVariable],
  R: [relativeUriVariable],
  S: [roleArnVariable, webIdentityVariable],
} as const satisfies { readonly [L in InjectedLane]: readonly string[] }

/** A container that sets one of these has credentials of its own in any lane. */
export const ownInAnyLane: readonly string[] = ownCredentials.filter((name) => name !== webIdentityVariable)

/** The same in one lane: what SDKs take before the lane's own variables, or put aside for them. */
export const ownOfLane = {
  A: [webIdentityVariable, relativeUriVariable],
  R: [webIdentityVariable, fullUriVariable],
  S: [],
} as const satisfies { readonly [L in InjectedLane]: readonly string[] }
