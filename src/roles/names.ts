// What the agent and what belongs to it are called in the cluster.

/** Where the agent lives; nothing else does. */
export const agentNamespace = 'devk8s-system'
/** DaemonSet, service account, roles and the ConfigMap with the mapping. */
export const agentName = 'devk8s-aws'
/** ConfigMap with the agent's program. */
export const programConfigMap = 'devk8s-aws-program'
/** The one Secret with AWS keys of this lane. */
export const sessionsSecret = 'devk8s-aws-sessions'

/** The link-local address that the agent listens on, inside each node (facts aws, 4). */
export const agentAddress = '169.254.170.23'
/** Not 80: the ingress add-on's hostPort rule takes that (facts aws, 4). */
export const agentPort = 8170

/** Policy of lanes A, R and S. */
export const identityPolicy = 'devk8s-aws-identity'
