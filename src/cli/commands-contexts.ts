import { contextColors } from '../profile/context-colors.ts'
import { checkNewContextName, oneOf } from './checks.ts'
import { commonFlagNames } from './flags.ts'
import type { CommandSpec, WordSpec } from './spec.ts'

const context: WordSpec = {
  placeholder: 'NAME',
  brief: 'A context: its name, alias, or a part that no other has',
  optional: false,
  values: 'contexts',
}

export const promptShells = ['bash', 'zsh', 'fish'] as const
export const kubectxNames = ['kubectx', 'kubens'] as const

/** The clusters a person works with: contexts, namespaces, credentials. */
export const contextCommands: readonly CommandSpec[] = [
  {
    path: ['switch'],
    brief: 'Make another context the current one',
    description:
      'NAME is a context’s name or alias, or the beginning or any part of one as long as no other has it; - goes back. Without NAME a list opens to pick from. A protected context is asked for by its whole name and never found by a part.',
    flags: ['namespace', 'for', 'shell', 'yes-prod', 'history', ...commonFlagNames],
    words: [{ ...context, brief: 'A context, or - for the one before', optional: true }],
    examples: [
      { command: 'devk8s switch staging', brief: 'From now on, everywhere' },
      { command: 'devk8s switch -', brief: 'Back' },
      { command: 'devk8s switch prod --for 15m', brief: 'And back by itself' },
      { command: 'devk8s switch staging -n payments --shell', brief: 'In a shell of its own' },
    ],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['env'],
    brief: 'Bind the present shell to a context',
    description:
      'Prints the lines that bind a shell to the context: eval "$(devk8s env NAME)". Other shells keep theirs. In a bound shell switch and namespaces change that shell alone. --unset ends it.',
    flags: ['namespace', 'unset', 'syntax', 'yes-prod', ...commonFlagNames],
    words: [{ ...context, optional: true }],
    examples: [
      { command: 'eval "$(devk8s env staging)"', brief: 'bash, zsh' },
      { command: 'devk8s env staging --syntax fish | source', brief: 'fish' },
      { command: 'eval "$(devk8s env --unset)"', brief: 'Back to what all other shells use' },
    ],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['namespaces'],
    brief: 'List namespaces, or make one the default of the context',
    description:
      'Without a word it lists the namespaces of the current context. With NAME it makes that the namespace of the current context; - goes back.',
    flags: ['force', ...commonFlagNames],
    words: [
      {
        placeholder: 'NAME',
        brief: 'A namespace, or - for the one before',
        optional: true,
        values: 'namespaces',
      },
    ],
    examples: [
      { command: 'devk8s namespaces', brief: 'Which there are' },
      { command: 'devk8s namespaces payments', brief: 'Use this one' },
    ],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['exec'],
    brief: 'Run a command against several contexts side by side',
    description:
      'Each line of output begins with its context. Contexts may be patterns such as dev-*. It ends with the worst exit code. A pattern never means a protected context.',
    flags: ['namespace', 'fail-fast', 'yes-prod', ...commonFlagNames],
    words: [{ ...context, placeholder: 'CONTEXT', brief: 'Contexts or patterns', many: true }],
    rest: { placeholder: 'COMMAND', brief: 'The command and its arguments' },
    examples: [
      { command: 'devk8s exec dev staging -- kubectl get nodes', brief: 'The same question to two' },
      { command: "devk8s exec 'team-*' -- helm list -A", brief: 'To all that match' },
    ],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['contexts', 'list'],
    brief: 'List contexts with how they sign in and until when',
    description: 'All contexts of your kubeconfig files, whoever wrote them.',
    flags: ['managed', 'protected', ...commonFlagNames],
    words: [
      {
        placeholder: 'PATTERN',
        brief: 'Only those that match, e.g. dev-*',
        optional: true,
        values: 'contexts',
      },
    ],
    examples: [
      { command: 'devk8s contexts list', brief: 'NAME, CLUSTER, NAMESPACE, AUTH, EXPIRES, MANAGED, FILE' },
    ],
    exits: [0, 2, 4],
  },
  {
    path: ['contexts', 'show'],
    brief: 'Show one context, without its secrets',
    description: 'The context, its cluster and its user, and which file each is in.',
    flags: commonFlagNames,
    words: [{ ...context, optional: true }],
    examples: [{ command: 'devk8s contexts show staging', brief: 'What is behind a name' }],
    exits: [0, 2, 4],
  },
  {
    path: ['contexts', 'diff'],
    brief: 'Show what contexts sync would change',
    description: 'Looks the clusters up and compares; changes nothing.',
    flags: ['exit-code', ...commonFlagNames],
    words: [],
    examples: [{ command: 'devk8s contexts diff', brief: 'Before a sync' }],
    exits: [0, 2, 3, 4],
  },
  {
    path: ['contexts', 'sync'],
    brief: 'Bring your contexts to what the profile says',
    description:
      'The part of up that is about remote contexts. Entries that devk8s did not write are left alone; the current context stays.',
    flags: ['prune', 'yes-prod', ...commonFlagNames],
    words: [],
    examples: [
      { command: 'devk8s contexts sync', brief: 'Add and update' },
      { command: 'devk8s contexts sync --prune', brief: 'Also remove what the profile has no more' },
    ],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['contexts', 'adopt'],
    brief: 'Let devk8s take over contexts of your own',
    description:
      'For contexts that the profile has too, under the same name. Shows what would change and asks; the old version is kept.',
    flags: commonFlagNames,
    words: [{ ...context, many: true }],
    examples: [{ command: 'devk8s contexts adopt staging', brief: 'From now on devk8s keeps it up to date' }],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['contexts', 'rename'],
    brief: 'Give a context another name',
    description: 'A name that is taken is refused unless --force is given.',
    flags: ['force', ...commonFlagNames],
    words: [
      { ...context, placeholder: 'OLD', brief: 'The context' },
      { placeholder: 'NEW', brief: 'Its new name', optional: false, check: checkNewContextName },
    ],
    examples: [{ command: 'devk8s contexts rename acme-dev-eks acme', brief: 'Shorter' }],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['contexts', 'remove'],
    brief: 'Remove contexts, with the cluster and user that nothing else needs',
    description: 'All of them or none. Clusters and users that another context of any file names stay.',
    flags: ['yes-prod', ...commonFlagNames],
    words: [{ ...context, many: true }],
    examples: [{ command: 'devk8s contexts remove old-lab', brief: 'Shows the list, then asks' }],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['contexts', 'color'],
    brief: 'Choose the colour of a context',
    description: 'It outlives the next up. none takes it away.',
    flags: commonFlagNames,
    words: [
      context,
      {
        placeholder: 'COLOR',
        brief: 'The colour, or none',
        optional: false,
        check: oneOf([...contextColors, 'none']),
        values: [...contextColors, 'none'],
      },
    ],
    examples: [{ command: 'devk8s contexts color staging yellow', brief: 'In the prompt and in lists' }],
    exits: [0, 1, 2, 4, 6],
  },
  {
    path: ['contexts', 'undo'],
    brief: 'Bring back an earlier version of a kubeconfig file',
    description:
      'Each file is kept as it was before the last ten commands that changed it; several moves in a row count as one. What one command changed in several files comes back together. Without VERSION the last command is undone.',
    flags: ['list', ...commonFlagNames],
    words: [{ placeholder: 'VERSION', brief: 'A number that --list shows; 1 is the latest', optional: true }],
    examples: [
      { command: 'devk8s contexts undo --list', brief: 'Which there are' },
      { command: 'devk8s contexts undo', brief: 'The last change' },
    ],
    exits: [0, 1, 2, 4, 5, 6],
  },
  {
    path: ['contexts', 'lint'],
    brief: 'Say what is wrong with your kubeconfig files',
    description:
      'Each finding comes with its file and line; what is only for information leaves the exit code 0. --fix mends what can be mended without a choice.',
    flags: ['fix', ...commonFlagNames],
    words: [],
    examples: [
      { command: 'devk8s contexts lint', brief: 'Look' },
      { command: 'devk8s contexts lint --fix', brief: 'Mend the safe part' },
    ],
    exits: [0, 1, 2, 3, 4, 5, 6],
  },
  {
    path: ['unlock'],
    brief: 'Lift the protection of a context for a while',
    description:
      'While a protected context is locked its credentials are those of the read-only role, or none. unlock hands out the full ones for the time given and writes a line into the log.',
    flags: ['for', 'reason', 'yes-prod', ...commonFlagNames],
    words: [context],
    examples: [{ command: "devk8s unlock prod --for 15m --reason 'incident 42'", brief: 'Fifteen minutes' }],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['lock'],
    brief: 'Put the protection back before its time',
    description: 'Without NAME all contexts are locked.',
    flags: commonFlagNames,
    words: [{ ...context, optional: true }],
    examples: [{ command: 'devk8s lock prod', brief: 'Done early' }],
    exits: [0, 2, 4],
  },
  {
    path: ['token'],
    brief: 'Print credentials for kubectl',
    description:
      'A credential plugin (client.authentication.k8s.io): kubectl and its relatives run it, as the contexts that devk8s writes say. It takes nothing from DEVK8S_* variables.',
    flags: [
      'cluster',
      'cluster-id',
      'region',
      'aws-profile',
      'role-arn',
      'read-only-role-arn',
      'kops',
      'state-store',
      'token-file',
      'token-env',
      'client-certificate',
      'client-key',
      'protect',
    ],
    words: [],
    rest: { placeholder: 'PLUGIN', brief: 'Another credential plugin, for the protection around it' },
    variables: false,
    examples: [
      {
        command: 'devk8s token --cluster acme-dev --region eu-west-1 --aws-profile acme-dev',
        brief: 'For EKS',
      },
    ],
    exits: [0, 1, 2, 4],
  },
  {
    path: ['prompt', 'init'],
    brief: 'Print what shows the context in the prompt',
    description:
      'A segment in the language of the shell itself: it starts no process. Protected contexts stand out.',
    flags: commonFlagNames,
    words: [
      {
        placeholder: 'SHELL',
        brief: 'bash, zsh or fish',
        optional: false,
        check: oneOf(promptShells),
        values: promptShells,
      },
    ],
    examples: [
      { command: 'source <(devk8s prompt init bash)', brief: 'bash, in ~/.bashrc' },
      { command: 'source <(devk8s prompt init zsh)', brief: 'zsh, in ~/.zshrc' },
      { command: 'devk8s prompt init fish | source', brief: 'fish, in config.fish' },
    ],
    exits: [0, 2],
  },
  {
    path: ['alias', 'install'],
    brief: 'Make kubectx and kubens names of devk8s',
    description:
      'Puts symlinks into a folder on your PATH. Programs of those names that are there already are never replaced.',
    flags: ['folder', ...commonFlagNames],
    words: [
      {
        placeholder: 'NAME',
        brief: 'kubectx, kubens; both when left out',
        optional: true,
        check: oneOf(kubectxNames),
        values: kubectxNames,
      },
    ],
    examples: [{ command: 'devk8s alias install', brief: 'Shows what it will do, then asks' }],
    exits: [0, 1, 2, 4, 5],
  },
  {
    path: ['alias', 'remove'],
    brief: 'Take kubectx and kubens away again',
    description: 'Only symlinks that lead to devk8s are removed.',
    flags: ['folder', ...commonFlagNames],
    words: [],
    examples: [{ command: 'devk8s alias remove', brief: 'Undo' }],
    exits: [0, 1, 2, 4, 5],
  },
]
