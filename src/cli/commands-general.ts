import { oneOf } from './checks.ts'
import { commonFlagNames } from './flags.ts'
import type { CommandSpec } from './spec.ts'

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof shells)[number]

/** About devk8s itself. */
export const generalCommands: readonly CommandSpec[] = [
  {
    path: ['completion'],
    brief: 'Print the completion script of a shell',
    description: 'Completes commands, flags, and values such as profiles, add-ons and contexts.',
    flags: commonFlagNames,
    words: [
      {
        placeholder: 'SHELL',
        brief: 'bash, zsh, fish or powershell',
        optional: false,
        check: oneOf(shells),
        values: shells,
      },
    ],
    examples: [
      { command: 'source <(devk8s completion bash)', brief: 'bash, in ~/.bashrc' },
      { command: 'source <(devk8s completion zsh)', brief: 'zsh, in ~/.zshrc after compinit' },
      { command: 'devk8s completion fish | source', brief: 'fish, in config.fish' },
      {
        command: 'devk8s completion powershell | Out-String | Invoke-Expression',
        brief: 'PowerShell, in $PROFILE',
      },
    ],
    exits: [0, 2],
  },
  {
    path: ['version'],
    brief: 'Show the versions of devk8s, minikube and kubectl',
    description:
      'Own version, and those of minikube and kubectl in use. `devk8s --version` prints only the first.',
    flags: commonFlagNames,
    words: [],
    examples: [{ command: 'devk8s version --json', brief: 'For a bug report' }],
    exits: [0, 2],
  },
]
