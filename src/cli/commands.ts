import { awsCommands } from './commands-aws.ts'
import { clusterCommands } from './commands-cluster.ts'
import { contextCommands } from './commands-contexts.ts'
import { generalCommands } from './commands-general.ts'
import type { CommandSpec } from './spec.ts'

/** The commands as help groups them. */
export const commandGroups: readonly { readonly title: string; readonly commands: readonly CommandSpec[] }[] =
  [
    { title: 'The local cluster', commands: clusterCommands },
    { title: 'Contexts and credentials', commands: contextCommands },
    { title: 'AWS', commands: awsCommands },
    { title: 'devk8s itself', commands: generalCommands },
  ]

/** Every command, in the order in which help lists them. */
export const commands: readonly CommandSpec[] = commandGroups.flatMap((group) => group.commands)

/** The brief of words that lead to further commands. */
export const groupBriefs: Readonly<Record<string, string>> = {
  profile: 'Look at, check and write team profiles',
  contexts: 'List, compare, write and mend the contexts of your kubeconfig',
  aws: 'Sign in to AWS, and see and renew what the cluster has of it',
  'aws broker': 'Keep the AWS session of the cluster fresh in the background',
  guard: 'Find keys in code, and keep them and local images out',
  prompt: 'Show the context in the prompt of your shell',
  alias: 'Set up kubectx and kubens',
}

/** The command at exactly this path. */
export function commandAt(path: readonly string[]): CommandSpec | undefined {
  return commands.find(
    (command) => command.path.length === path.length && command.path.every((word, i) => word === path[i]),
  )
}

/** The words that may follow `path`: `[]` gives the first words, `['profile']` list, show and so on. */
export function wordsAfter(path: readonly string[]): readonly string[] {
  const below = commands.filter(
    (command) => command.path.length > path.length && path.every((word, i) => command.path[i] === word),
  )
  return [...new Set(below.map((command) => command.path[path.length] ?? ''))]
}
