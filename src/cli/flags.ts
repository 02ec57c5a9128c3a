import { drivers } from '../profile/profile.ts'
import {
  checkAddon,
  checkClusterName,
  checkContextName,
  checkCpus,
  checkDriver,
  checkFault,
  checkKubernetes,
  checkMemory,
  checkMirror,
  checkPresent,
  checkSize,
  oneOf,
} from './checks.ts'
import { awsFlags } from './flags-aws.ts'
import { contextFlags } from './flags-contexts.ts'
import type { CommandSpec, FlagGroup, FlagSpec } from './spec.ts'

export type MakeFlag = (name: string, kind: FlagSpec['kind'], brief: string, rest?: Rest) => FlagSpec

type Rest = Partial<Omit<FlagSpec, 'name' | 'kind' | 'brief' | 'group'>>

/** The variable of a flag: `--dry-run` is `DEVK8S_DRY_RUN`. */
export function variableOf(name: string): `DEVK8S_${string}` {
  return `DEVK8S_${name.toUpperCase().replaceAll('-', '_')}`
}

const spec =
  (group: FlagGroup): MakeFlag =>
  (name, kind, brief, rest = {}) => ({
    name,
    kind,
    brief,
    group,
    variable: variableOf(name),
    ...rest,
  })

const command = spec('Command')
/** A flag that one command has in a sense of its own. */
export const ownFlag: MakeFlag = command
const value = spec('Profile values')
const common = spec('Common flags')
const rehearsal = spec('Rehearsal')

const outputs = ['human', 'json', 'ndjson'] as const
const colors = ['auto', 'always', 'never'] as const

/** Every flag there is, once. Commands name the ones they take. */
export const flags: readonly FlagSpec[] = [
  command('dry-run', 'switch', 'Show what would change and change nothing'),
  command('exit-code', 'switch', 'Exit 3 when changes are needed (up: with --dry-run)'),
  command('verify', 'switch', 'End with a sample app fetched through the ingress'),
  command(
    'recreate',
    'switch',
    'Delete and create the cluster again where a change needs it; its data is lost',
  ),
  command('use', 'switch', "Make the cluster's context the current one"),
  command('addon', 'list', 'Enable this add-on as well; repeat for more', {
    placeholder: 'NAME',
    check: checkAddon,
    values: 'addons',
  }),
  command('save-plan', 'value', 'Write the plan to a file', {
    alias: 'o',
    placeholder: 'FILE',
    check: checkPresent,
    values: 'files',
  }),
  command('plan', 'value', 'Carry out a plan that --save-plan wrote', {
    placeholder: 'FILE',
    check: checkPresent,
    values: 'files',
  }),
  command('watch', 'switch', 'Look again every two seconds until Ctrl-C'),
  command('fix', 'switch', 'Carry out the fixes that are safe'),
  command('keep-tools', 'switch', 'Leave minikube and kubectl installed'),
  command('explain', 'switch', 'Say where each value comes from'),
  command('from', 'value', 'Begin with this bundled profile or file', {
    placeholder: 'NAME|PATH',
    check: checkPresent,
    values: 'profiles',
  }),
  command('force', 'switch', 'Take a file, a name or a namespace although something is in the way'),
  ...awsFlags(command),
  ...contextFlags(command),

  value('driver', 'value', 'What runs the node, e.g. docker, vfkit, kvm2, or auto', {
    placeholder: 'NAME',
    check: checkDriver,
    values: ['auto', ...drivers],
    overrides: ['cluster.driver'],
  }),
  value('memory', 'value', "The cluster's memory, e.g. 6g, or auto", {
    placeholder: 'SIZE',
    check: checkMemory,
    overrides: ['cluster.memory'],
  }),
  value('cpus', 'value', "The cluster's processors", {
    placeholder: 'N',
    check: checkCpus,
    overrides: ['cluster.cpus'],
  }),
  value('disk', 'value', "The cluster's disk, e.g. 30g", {
    placeholder: 'SIZE',
    check: checkSize,
    overrides: ['cluster.disk'],
  }),
  value('kubernetes', 'value', 'Kubernetes version, e.g. v1.35.1', {
    placeholder: 'VERSION',
    check: checkKubernetes,
    overrides: ['cluster.kubernetes'],
  }),
  value('cluster-name', 'value', "The cluster's name, which is minikube's profile", {
    placeholder: 'NAME',
    check: checkClusterName,
    overrides: ['cluster.name'],
  }),
  value('context-name', 'value', "The context's name in your kubeconfig", {
    placeholder: 'NAME',
    check: checkContextName,
    values: 'contexts',
    overrides: ['context.name'],
  }),
  value('tools-mirror', 'value', 'Download minikube and kubectl from here', {
    placeholder: 'URL',
    check: checkMirror,
    overrides: ['tools.minikube.mirror', 'tools.kubectl.mirror'],
  }),

  common('profile', 'value', 'The profile to use: a name or a path', {
    placeholder: 'NAME|PATH',
    check: checkPresent,
    values: 'profiles',
  }),
  common('yes', 'switch', 'Answer yes to what would be asked', { alias: 'y' }),
  common('no-input', 'switch', 'Never ask; take defaults or stop'),
  common('json', 'switch', 'Print one JSON document, same as --output json'),
  common('output', 'value', 'human, json, or ndjson for a stream of events', {
    placeholder: 'FORMAT',
    check: oneOf(outputs),
    values: outputs,
  }),
  common('verbose', 'switch', 'Say more', { alias: 'v' }),
  common('quiet', 'switch', 'Say only what failed', { alias: 'q' }),
  common('show-commands', 'switch', 'Show each outside command as it runs'),
  common('color', 'value', 'auto, always or never', {
    placeholder: 'WHEN',
    check: oneOf(colors),
    values: colors,
  }),
  common('no-color', 'switch', 'Same as --color never; NO_COLOR works too'),

  rehearsal('rehearse', 'switch', 'Run against a simulated laptop; nothing real changes'),
  rehearsal('rehearse-fault', 'list', 'Play this fault in a rehearsal; repeat for more', {
    placeholder: 'PLACE=FAULT',
    check: checkFault,
    values: 'faults',
  }),
]

/** Flags that every command takes. */
export const commonFlagNames: readonly string[] = flags
  .filter((flag) => flag.group === 'Common flags' || flag.group === 'Rehearsal')
  .map((flag) => flag.name)

/** Flags that lay a value over the profile. */
export const overrideFlagNames: readonly string[] = flags
  .filter((flag) => flag.group === 'Profile values')
  .map((flag) => flag.name)

const byName: ReadonlyMap<string, FlagSpec> = new Map(flags.map((flag) => [flag.name, flag]))

/** The flag of that name. Names come from the tables, so an unknown one is a mistake in them. */
export function flagNamed(name: string): FlagSpec {
  const flag = byName.get(name)
  if (flag === undefined) throw new TypeError(`No flag is called --${name}`)
  return flag
}

/** The flag of that name as this command has it. */
export function flagIn(command: CommandSpec | undefined, name: string): FlagSpec {
  return command?.own?.find((flag) => flag.name === name) ?? flagNamed(name)
}

/** The flag written by this word, `--memory`, `--memory=6g` or `-y`; undefined when it is none. */
export function flagOfWord(word: string): FlagSpec | undefined {
  if (word.startsWith('--')) return byName.get(word.slice(2).split('=', 1)[0] ?? '')
  return flags.find((flag) => flag.alias !== undefined && word.split('=', 1)[0] === `-${flag.alias}`)
}
