// What devk8s and the clouds write on pods, service accounts and namespaces, and what it means (facts aws, 2.1 to 2.3).

/** The Secret with the developer's session, one in each namespace of the profile. */
export const keysSecret = 'aws-credentials'
/** The pull secret for ECR, named as registry-creds names it. */
export const pullSecret = 'awsecr-cred'

/** On a pod `on` or `off`, on a namespace `off`. */
export const awsLabel = 'devk8s.dev/aws'
/** On a pod that was given keys, with the way they came: `env`. */
export const keysAnnotation = 'devk8s.dev/aws-keys'

/** kube2iam and kiam: the role of a pod, by name or ARN. */
export const podRoleAnnotation = 'iam.amazonaws.com/role'
/** What AWS is asked with besides for such a pod; the second is kiam's alone. */
export const podExternalIdAnnotation = 'iam.amazonaws.com/external-id'
export const podSessionNameAnnotation = 'iam.amazonaws.com/session-name'
/** EKS: the role of a service account's pods. */
export const accountRoleAnnotation = 'eks.amazonaws.com/role-arn'
/** EKS: a pod with this label, whatever its value, is left alone. */
export const skipPodLabel = 'eks.amazonaws.com/skip-pod-identity-webhook'
/** EKS: names of containers that are left alone, separated by commas. */
export const skipContainersAnnotation = 'eks.amazonaws.com/skip-containers'
/** The API's copy of a pod that a node runs by itself; it must not refer to Secrets (plugin NodeRestriction). */
export const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** Namespaces of Kubernetes itself, which devk8s leaves alone. */
export const systemNamespaces = ['kube-node-lease', 'kube-public', 'kube-system'] as const

/** A container that sets one of these has credentials of its own, which keys in the environment would go before. */
export const ownCredentials = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  // The older names of the first two, which SDKs for Java read besides.
  'AWS_ACCESS_KEY',
  'AWS_SECRET_KEY',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
] as const
/** As the ones above, by how they begin. */
export const ownCredentialsPrefix = 'AWS_CONTAINER_CREDENTIALS_'
/** Where SDKs look for files with credentials; Go's RE2 and JavaScript read it alike. */
export const awsFilesExpression = '/[.]aws(/(config|credentials))?/*$'

/** Both are set or neither: SDKs read one or the other (facts aws, 6). */
export const regionVariables = ['AWS_REGION', 'AWS_DEFAULT_REGION'] as const

/** Containers of one kind in a pod that keys may be given to: CEL has no counting loop on older servers. */
export const containersServed = 32
