import { awsRequest } from './to-request-aws.ts'
import { contextRequest } from './to-request-contexts.ts'
import { type Shell, shells } from './commands-general.ts'
import { withUnit } from './checks.ts'
import { type Checked, given } from './checked.ts'
import { flagNamed } from './flags.ts'
import type { CommonRequest, ProfileOverrides, Request } from './request.ts'
import { type Env, isOn, type Settings, valueOf } from './settings.ts'

/** What the settings of a command ask for. All values have been checked. */
export function toRequest(checked: Checked): Request {
  const { command, settings, words, env, typed } = checked
  const common = toCommon(settings, env, typed)
  const on = (name: string) => isOn(settings, name)
  switch (command.path.join(' ')) {
    case 'up':
    case 'plan':
      return {
        common,
        command: 'up',
        look: command.path[0] === 'plan' || on('dry-run'),
        exitCode: on('exit-code'),
        verify: on('verify'),
        recreate: on('recreate'),
        use: on('use'),
        ...given('savePlan', valueOf(settings, 'save-plan')),
        ...given('plan', valueOf(settings, 'plan')),
      }
    case 'status':
      return { common, command: 'status', watch: on('watch') }
    case 'doctor':
      return { common, command: 'doctor', fix: on('fix') }
    case 'down':
      return { common, command: 'down' }
    case 'destroy':
      return { common, command: 'destroy', keepTools: on('keep-tools') }
    case 'verify':
      return {
        common,
        command: 'verify',
        ...given('image', valueOf(settings, 'image')),
        ...given('namespace', valueOf(settings, 'namespace')),
      }
    case 'profile list':
      return { common, command: 'profile.list' }
    case 'profile show':
      return { common, command: 'profile.show', explain: on('explain') }
    case 'profile validate':
      return { common, command: 'profile.validate', ...given('path', words[0]) }
    case 'profile init':
      return {
        common,
        command: 'profile.init',
        force: on('force'),
        ...given('path', words[0]),
        ...given('from', valueOf(settings, 'from')),
      }
    case 'completion':
      return { common, command: 'completion', shell: shellNamed(words[0]) }
    case 'version':
      return { common, command: 'version' }
    default:
      return { common, ...(awsRequest(checked) ?? contextRequest(checked)) }
  }
}

function shellNamed(word: string | undefined): Shell {
  const shell = shells.find((each) => each === word)
  if (shell === undefined) throw new TypeError(`${word} was not checked`)
  return shell
}

/** The settings every command has. */
export function toCommon(settings: Settings, env: Env, typed: string): CommonRequest {
  const profile = valueOf(settings, 'profile')
  const faults = settings.get('rehearse-fault')?.values ?? []
  return {
    typed,
    ...(profile === undefined ? {} : { profile }),
    output: outputOf(settings),
    yes: isOn(settings, 'yes'),
    input: !isOn(settings, 'no-input'),
    verbose: isOn(settings, 'verbose'),
    quiet: isOn(settings, 'quiet'),
    color: colorOf(settings, env),
    showCommands: isOn(settings, 'show-commands'),
    // A fault can only be played in a rehearsal, so naming one asks for it: the safe reading of the two.
    rehearse: isOn(settings, 'rehearse') || faults.length > 0,
    rehearseFaults: faults,
    overrides: overridesOf(settings),
  }
}

function outputOf(settings: Settings): CommonRequest['output'] {
  if (isOn(settings, 'json')) return 'json'
  const output = valueOf(settings, 'output')
  return output === 'json' || output === 'ndjson' ? output : 'human'
}

/**
 * Flags, then our own variables, then the two that all tools share. FORCE_COLOR wins over NO_COLOR, as in
 * Node itself (Node 20 CLI reference, FORCE_COLOR); NO_COLOR counts when not empty (no-color.org).
 */
function colorOf(settings: Settings, env: Env): CommonRequest['color'] {
  if (isOn(settings, 'no-color')) return 'never'
  const color = valueOf(settings, 'color')
  if (color === 'auto' || color === 'always' || color === 'never') return color
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced === '0' || forced === 'false' ? 'never' : 'always'
  return env['NO_COLOR'] ? 'never' : 'auto'
}

/**
 * What flags lay over the profile. Variables that have a place of their own in the profile are left to its
 * loader, which reads them itself and can say so in `profile show --explain`; here they were only checked.
 */
function overridesOf(settings: Settings): ProfileOverrides {
  const overrides: Record<string, string> = {}
  for (const [name, { source, values }] of settings) {
    if (name === 'addon') for (const addon of values) overrides[`addons.${addon}.enabled`] = 'true'
    if (source === 'env') continue
    for (const path of flagNamed(name).overrides ?? [])
      overrides[path] = withUnitIfSize(name, values[0] ?? '')
  }
  return overrides
}

function withUnitIfSize(name: string, value: string): string {
  return name === 'memory' || name === 'disk' ? withUnit(value) : value
}
