import { commonFlagNames, ownFlag } from './flags.ts'
import type { CommandSpec } from './spec.ts'

const cluster = 'cluster-name'

/** AWS on the laptop: signing in, the session that the cluster gets, and what keeps keys out of code. */
export const awsCommands: readonly CommandSpec[] = [
  {
    path: ['aws', 'login'],
    brief: 'Sign in to AWS as your profile does',
    description:
      'Through IAM Identity Center in the browser, by `aws login`, or with a code; keys and programs need no sign-in and are only tried. Where the team’s profile says how to sign in and you have no such AWS profile yet, it is shown and written after you agree. Whose identity it is is checked against the accounts that the team allows.',
    flags: ['aws-profile', ...commonFlagNames],
    words: [],
    examples: [
      { command: 'devk8s aws login', brief: 'As the team’s profile says' },
      { command: 'devk8s aws login --aws-profile acme-dev', brief: 'With this one, from now on' },
    ],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['aws', 'status'],
    brief: 'Show who you are to AWS, and until when the cluster is good',
    description:
      'Your identity, the pull secrets and the keys of pods with their ends, the pods that need a restart, and whether the broker runs.',
    flags: [cluster, ...commonFlagNames],
    words: [],
    examples: [{ command: 'devk8s aws status', brief: 'One call to AWS, one look at the cluster' }],
    exits: [0, 1, 2, 3, 4],
  },
  {
    path: ['aws', 'refresh'],
    brief: 'Renew the AWS session and the pull secrets of the cluster now',
    description:
      'Renews whatever is due or not. With --restart it also restarts what runs with keys that are ending, after showing the list.',
    flags: ['restart', cluster, ...commonFlagNames],
    words: [],
    examples: [
      { command: 'devk8s aws refresh', brief: 'After a sign-in, or before a flight' },
      { command: 'devk8s aws refresh --restart', brief: 'Environment variables do not change in what runs' },
    ],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['aws', 'logout'],
    brief: 'Take all AWS keys out of the cluster',
    description:
      'Removes the pull secrets and keys that devk8s wrote, forgets its own sessions and stops the broker. Your sign-in of the AWS CLI stays.',
    flags: [cluster, ...commonFlagNames],
    words: [],
    examples: [{ command: 'devk8s aws logout', brief: 'Before the laptop is lent' }],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['aws', 'whoami'],
    brief: 'Show who you, or a pod, would be to AWS, and why',
    description:
      'Without POD: your own identity. With POD: which role it asks for, what it gets on this laptop, by which rule, and until when.',
    flags: ['namespace', cluster, ...commonFlagNames],
    words: [{ placeholder: 'POD', brief: 'A pod: its name, or NAMESPACE/NAME', optional: true }],
    examples: [
      { command: 'devk8s aws whoami', brief: 'You' },
      { command: 'devk8s aws whoami shop/api-5d9c7b6f4-x2x7q', brief: 'What this pod gets, and why' },
    ],
    exits: [0, 1, 2, 4],
  },
  {
    path: ['aws', 'why'],
    brief: 'Show who could get a role on this laptop, and by which rule',
    description:
      'Pods, service accounts and imported associations that ask for ROLE, what the profile makes of it, whose session it is here, and who is refused and why.',
    flags: [cluster, ...commonFlagNames],
    words: [{ placeholder: 'ROLE', brief: 'A role: its name, or its ARN', optional: false }],
    examples: [{ command: 'devk8s aws why payments-api', brief: 'Asks AWS nothing' }],
    exits: [0, 1, 2, 4],
  },
  {
    path: ['aws', 'import'],
    brief: 'Read the Pod Identity associations of a real EKS cluster',
    description:
      'EKS Pod Identity keeps roles of service accounts in AWS, in no manifest. This reads those of a cluster, shows what is new, and keeps them for this laptop, without a change to AWS.',
    flags: ['cluster', 'remove', cluster, ...commonFlagNames],
    own: [
      ownFlag('cluster', 'value', 'An EKS cluster: its name, or a context of the profile', {
        placeholder: 'NAME',
      }),
      ownFlag('remove', 'switch', 'Forget what was imported from it'),
    ],
    words: [],
    examples: [
      { command: 'devk8s aws import --cluster acme-staging', brief: 'By the name in EKS' },
      { command: 'devk8s aws import --cluster staging --remove', brief: 'By the context; and back' },
    ],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['aws', 'attach'],
    brief: 'Give AWS keys to one workload where no policy does',
    description:
      'For clusters whose Kubernetes has no admission policies: adds the keys of its namespace to a workload, in the cluster only. Your manifests stay as they are. --remove takes it back.',
    flags: ['namespace', 'remove', cluster, ...commonFlagNames],
    words: [{ placeholder: 'WORKLOAD', brief: 'KIND/NAME, such as deploy/api', optional: false }],
    examples: [
      { command: 'devk8s aws attach deploy/api', brief: 'In the namespace of the local context' },
      { command: 'devk8s aws attach deploy/api -n shop --remove', brief: 'And back' },
    ],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['aws', 'broker', 'start'],
    brief: 'Keep the AWS session of the cluster fresh in the background',
    description:
      'Starts one broker for this machine: a service of yours where the system has them (launchd, systemd --user), else a process that ends with the session. It renews before keys end and after the machine slept, and serves namespaces as they are made.',
    flags: commonFlagNames,
    words: [],
    examples: [{ command: 'devk8s aws broker start', brief: 'Shows what it will install, then asks' }],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['aws', 'broker', 'stop'],
    brief: 'Stop the broker and take its service away',
    description: 'Keys that are in the cluster stay until they end; `devk8s aws logout` removes them.',
    flags: commonFlagNames,
    words: [],
    examples: [{ command: 'devk8s aws broker stop', brief: 'Nothing runs in the background any more' }],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['aws', 'broker', 'status'],
    brief: 'Show whether the broker runs, and what it did last',
    description: 'Which process it is, what it keeps fresh and until when, and its latest failure.',
    flags: commonFlagNames,
    words: [],
    examples: [{ command: 'devk8s aws broker status', brief: 'Exit 3 when none runs' }],
    exits: [0, 2, 3],
  },
  {
    path: ['guard', 'scan'],
    brief: 'Find keys and tokens written into code, manifests or pods',
    description:
      'Reads files as they are, what is staged for the next commit, or what runs in the local cluster. Findings are shown without the secret, each with its way out. Exit 3 when there are any.',
    flags: ['staged', 'cluster', ...commonFlagNames],
    own: [ownFlag('cluster', 'switch', 'What runs in the local cluster: keys written into pods')],
    words: [
      {
        placeholder: 'PATH',
        brief: 'Files and folders; the working directory unless told',
        optional: true,
        many: true,
        values: 'files',
      },
    ],
    examples: [
      { command: 'devk8s guard scan', brief: 'All that git would commit from here' },
      { command: 'devk8s guard scan --staged', brief: 'What the next commit holds' },
      { command: 'helm template . | devk8s guard scan -', brief: 'What a chart renders' },
      { command: 'devk8s guard scan --cluster', brief: 'Pods that bring keys of their own' },
    ],
    exits: [0, 1, 2, 3, 4],
  },
  {
    path: ['guard', 'install'],
    brief: 'Scan what is staged before each commit in this repository',
    description:
      'Adds a hook beside whatever hooks there are: husky, lefthook, pre-commit, core.hooksPath or plain git. Shows what it writes first.',
    flags: commonFlagNames,
    words: [],
    examples: [{ command: 'devk8s guard install', brief: 'In the repository of the working directory' }],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['guard', 'remove'],
    brief: 'Take the hook of guard install away',
    description: 'Only what devk8s wrote goes.',
    flags: commonFlagNames,
    words: [],
    examples: [{ command: 'devk8s guard remove', brief: 'In the repository of the working directory' }],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['guard', 'policy'],
    brief: 'Print the IAM policies that let laptops pull and only CI push',
    description:
      'The pull-only policy for developers, and a policy for repositories that denies pushing to all but the role of your CI.',
    flags: commonFlagNames,
    words: [],
    examples: [{ command: 'devk8s guard policy', brief: 'For the registries of the team’s profile' }],
    exits: [0, 2, 4],
  },
]
