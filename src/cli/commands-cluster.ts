import { commonFlagNames, overrideFlagNames } from './flags.ts'
import type { CommandSpec, WordSpec } from './spec.ts'

const path: WordSpec = { placeholder: 'PATH', brief: 'The profile file', optional: true, values: 'files' }

const upFlags = [
  'exit-code',
  'verify',
  'recreate',
  'use',
  'addon',
  'save-plan',
  'plan',
  ...overrideFlagNames,
  ...commonFlagNames,
]

/** Flags that say which cluster and context are meant, for commands that build nothing. */
const which = ['cluster-name', 'context-name']

/** The local cluster and the profile it is made from. */
export const clusterCommands: readonly CommandSpec[] = [
  {
    path: ['up'],
    brief: 'Bring this machine to what the profile says',
    description:
      'Checks the machine, installs minikube and kubectl, starts the cluster, enables the add-ons, applies the manifests and adds the context to your kubeconfig. It is safe to run any number of times: what is already so is left alone.',
    flags: ['dry-run', ...upFlags],
    words: [],
    examples: [
      { command: 'devk8s up', brief: 'From an empty laptop to a running cluster' },
      { command: 'devk8s up --dry-run', brief: 'What would change' },
      { command: 'devk8s up --rehearse', brief: 'The same on a simulated laptop' },
      { command: 'devk8s up --memory 6g --use', brief: 'More memory, and make the context current' },
    ],
    exits: [0, 1, 2, 3, 4, 5, 6],
  },
  {
    path: ['plan'],
    brief: 'Show what up would change, and change nothing',
    description: 'The same as up --dry-run.',
    flags: upFlags,
    words: [],
    examples: [
      { command: 'devk8s plan', brief: 'What up would do' },
      { command: 'devk8s plan --exit-code', brief: 'Exit 3 when there is something to do' },
      { command: 'devk8s plan -o plan.json', brief: 'Keep it for devk8s up --plan plan.json' },
    ],
    exits: [0, 2, 3, 4],
  },
  {
    path: ['status'],
    brief: 'Show what is there now',
    description: 'Tools, cluster, nodes, add-ons with their real health, and contexts. Changes nothing.',
    flags: ['watch', ...overrideFlagNames, ...commonFlagNames],
    words: [],
    examples: [
      { command: 'devk8s status', brief: 'Once' },
      { command: 'devk8s status --watch', brief: 'Until Ctrl-C' },
      { command: 'devk8s status --json', brief: 'For a script' },
    ],
    exits: [0, 1, 2, 3, 4],
  },
  {
    path: ['doctor'],
    brief: 'Check the machine and say what mends it',
    description: 'Each failed check says why it matters and gives the command that mends it.',
    flags: ['fix', ...overrideFlagNames, ...commonFlagNames],
    words: [],
    examples: [
      { command: 'devk8s doctor', brief: 'Look' },
      { command: 'devk8s doctor --fix', brief: 'Carry out the fixes that are safe' },
    ],
    exits: [0, 1, 2, 4],
  },
  {
    path: ['down'],
    brief: 'Stop the cluster; keep its data and the context',
    description: 'Stops the cluster. `devk8s up` starts it again with everything in it.',
    flags: [...which, ...commonFlagNames],
    words: [],
    examples: [{ command: 'devk8s down', brief: 'Free the memory' }],
    exits: [0, 1, 2, 4, 6],
  },
  {
    path: ['destroy'],
    brief: 'Delete the cluster and all that devk8s wrote',
    description:
      'Shows the list of what will be removed and asks first. Clusters that devk8s did not make are never touched.',
    flags: ['keep-tools', ...which, ...commonFlagNames],
    words: [],
    examples: [
      { command: 'devk8s destroy', brief: 'Shows the list, then asks' },
      { command: 'devk8s destroy --keep-tools --yes', brief: 'Without asking; the tools stay' },
    ],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['verify'],
    brief: 'Prove the cluster with a sample app',
    description:
      'Deploys a bundled sample and fetches it through the ingress. With --image it proves instead that a private image of ECR can be pulled: from this machine, and by a pod that never runs it.',
    flags: ['image', 'namespace', ...which, ...commonFlagNames],
    words: [],
    examples: [
      { command: 'devk8s verify', brief: 'Deploy and fetch' },
      {
        command: 'devk8s verify --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1.4',
        brief: 'A private image, and what is missing if it cannot be had',
      },
    ],
    exits: [0, 1, 2, 4, 6],
  },
  {
    path: ['profile', 'list'],
    brief: 'List the profiles that can be named',
    description: 'The bundled profiles, and the file that is found from here.',
    flags: commonFlagNames,
    words: [],
    examples: [{ command: 'devk8s profile list', brief: 'Names and where they come from' }],
    exits: [0, 2],
  },
  {
    path: ['profile', 'show'],
    brief: 'Show the profile in force, complete',
    description: 'Every value after extends, personal overrides, variables and flags.',
    flags: ['explain', ...overrideFlagNames, ...commonFlagNames],
    words: [],
    examples: [
      { command: 'devk8s profile show', brief: 'The profile that up would use' },
      { command: 'devk8s profile show --explain', brief: 'Where each value comes from' },
    ],
    exits: [0, 2],
  },
  {
    path: ['profile', 'validate'],
    brief: 'Check a profile and report every fault at once',
    description: 'Each fault comes with its file, line and column, and the nearest valid value.',
    flags: commonFlagNames,
    words: [path],
    examples: [{ command: 'devk8s profile validate devk8s.yaml', brief: 'For a commit hook' }],
    exits: [0, 2],
  },
  {
    path: ['profile', 'init'],
    brief: 'Write a commented profile to start from',
    description: 'Writes devk8s.yaml here, or PATH. A file that is there is kept unless --force is given.',
    flags: ['from', 'force', ...commonFlagNames],
    words: [path],
    examples: [
      { command: 'devk8s profile init', brief: 'devk8s.yaml in this folder' },
      { command: 'devk8s profile init team.yaml --from aws', brief: 'Begin with the aws profile' },
    ],
    exits: [0, 1, 2, 5],
  },
]
