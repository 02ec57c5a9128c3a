/** What a kind of secret is called, and the way out of having it in a file. */
export interface KindOfSecret {
  readonly what: string
  /** What to do, in full sentences; names what to use in its place and how the secret is made worthless. */
  readonly advice: string
}

const useSession =
  'Take it out: on the laptop pods get keys from `devk8s up` (see `devk8s aws whoami POD`), and code that asks the SDK for no keys finds those of your AWS profile.'
const rotate =
  'What was committed or shared is known to others. A long-term key (AKIA): `aws iam update-access-key --status Inactive --access-key-id ID`, then delete it. A session (ASIA) ends by itself; to end it now, revoke the sessions of its role.'
const aws = `${useSession} ${rotate}`

export const kinds = {
  'aws-access-key-id': { what: 'AWS access key id', advice: aws },
  'aws-secret-access-key': { what: 'AWS secret access key', advice: aws },
  'aws-session-token': { what: 'AWS session token', advice: aws },
  'ecr-login': {
    what: 'login for an ECR registry',
    advice:
      'Take it out: `devk8s up` with aws.ecr in the profile keeps pull secrets fresh, and in the cloud nodes pull by their role. It is good for twelve hours and may push whatever its owner may.',
  },
  'eks-token': {
    what: 'token for an EKS cluster',
    advice:
      'Take it out: `devk8s contexts sync` writes entries that ask for a token when kubectl needs one. It ends within a quarter of an hour.',
  },
  'kubernetes-token': {
    what: 'Kubernetes service account token',
    advice:
      'Take it out: pods get one mounted, and people use a context of their own (`devk8s contexts sync`). Delete the Secret that it came from, or the service account.',
  },
  'kubeconfig-credential': {
    what: 'credential in a kubeconfig',
    advice:
      'A kubeconfig with credentials belongs to one person and into no repository: share the team’s profile in its place, and everybody runs `devk8s contexts sync`. Have the cluster’s owner withdraw it.',
  },
  'private-key': {
    what: 'private key',
    advice:
      'Take it out and replace it where it is used. Where it is made for tests and trusted by nothing, say so beside it: devk8s-guard: allow REASON.',
  },
  'login-in-address': {
    what: 'password in an address',
    advice: 'Take it from the environment or a secret store, and change the password.',
  },
  'npm-token': {
    what: 'npm token',
    advice: 'Write ${NPM_TOKEN} in its place and withdraw it: npm token revoke.',
  },
  'github-token': {
    what: 'GitHub token',
    advice: 'Delete it in the settings of GitHub, under Developer settings; in CI use the token of the job.',
  },
  'gcp-key': {
    what: 'Google Cloud service account key',
    advice: 'Delete it in Google Cloud (gcloud iam service-accounts keys delete) and use workload identity.',
  },
  'service-token': {
    what: 'token of a service',
    advice: 'Withdraw it where it was made, and read the new one from the environment or a secret store.',
  },
} as const satisfies Readonly<Record<string, KindOfSecret>>
