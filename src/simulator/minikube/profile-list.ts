import { pass, type ProgramCall } from '../machine.ts'
import { type Flags, isSet } from './flags.ts'
import { homeOf, loadProfile } from './home.ts'
import { loadKubeconfig, saveKubeconfig } from './kubeconfig.ts'
import { logLine, nodeState, type NodeState } from './node-state.ts'
import { goJson, output } from './output.ts'
import type { ProfileConfig } from './profile-config.ts'

interface Row {
  readonly Name: string
  readonly Status: string
  readonly Config: ProfileConfig | null
  readonly Active: boolean
  readonly ActiveKubeContext: boolean
}

/** `minikube profile list|<name>` (clauses 4, 7, 16, 25, 28). */
export async function profileCommand(call: ProgramCall, flags: Flags): Promise<number> {
  const [word] = flags.words
  if (word === 'list') return profileList(call, flags)
  if (word === undefined) {
    call.out(`* ${await activeProfile(call)}\n`)
    return 0
  }
  return setProfile(call, word)
}

async function profileList(call: ProgramCall, flags: Flags): Promise<number> {
  const json = flags.values['output'] === 'json'
  const kubeconfig = await loadKubeconfig(call)
  if ('damaged' in kubeconfig) {
    // Recorded running-k8s-124: nothing but this on stdout.
    if (json) call.out('{"error":{}}')
    return 80
  }
  const active = await activeProfile(call)
  const rows: Row[] = []
  for (const name of await call.machine.files.list(`${homeOf(call)}/profiles`)) {
    const loaded = await loadProfile(call, name)
    const config = 'value' in loaded ? loaded.value : null
    // The light form looks at nothing but the files (recorded running-k8s-006).
    const context = config !== null && !isSet(flags, 'light') && kubeconfig.value.currentContext === name
    const Status = config === null ? '' : isSet(flags, 'light') ? 'Skipped' : await statusOf(call, config)
    rows.push({
      Name: name,
      Status,
      Config: config,
      Active: config !== null && name === active,
      ActiveKubeContext: context,
    })
  }
  await pass(call, 60)
  if (json) {
    const invalid = rows.filter((row) => row.Config === null)
    const valid = rows.filter((row) => row.Config !== null)
    call.out(goJson({ invalid, valid }))
    return 0
  }
  return asText(call, rows)
}

async function statusOf(call: ProgramCall, config: ProfileConfig): Promise<string> {
  const state = await nodeState(call, config)
  if ('lost' in state) {
    const text = state.lost.replace(/^status error: /, '')
    call.err(
      logLine(`${state.place}] ${state.lost}`) +
        logLine(`profile_list.go:125] error getting statuses: ${text}`),
    )
    return ''
  }
  if (state.complaint !== undefined) call.err(logLine(state.complaint))
  return summary(state, await isHalfDone(call, config.Name))
}

function summary(state: Exclude<NodeState, { lost: string }>, halfDone: boolean): string {
  if (state.host !== 'Running') return state.host
  if (state.kubelet === 'Running' && state.apiserver === 'Running') return 'OK'
  return halfDone ? 'Starting' : ''
}

/** The profile's events stop in the middle of a start, and not with a failure (recorded running-k8s-084, 117). */
async function isHalfDone(call: ProgramCall, profile: string): Promise<boolean> {
  const text = (await call.machine.files.readText(`${homeOf(call)}/profiles/${profile}/events.json`)) ?? ''
  return !text.includes('"name":"Done"') && !text.includes('"exitcode"')
}

function asText(call: ProgramCall, rows: readonly Row[]): number {
  const out = output(call, false, [])
  if (rows.length === 0) {
    return out.fatal({
      name: 'MK_USAGE_NO_PROFILE',
      exit: 14,
      message: 'No minikube profile was found.',
      advice: "\n\n    You can create one using 'minikube start'.\n    ",
      mark: '*',
    })
  }
  // The real table has frames and colours (clause 34); the words are the same.
  for (const { Name, Status, Config } of rows) call.out(`${Name} ${Config?.Driver ?? ''} ${Status}\n`)
  return 0
}

/** The active profile: the one in config/config.json, else `minikube`. */
export async function activeProfile(call: ProgramCall): Promise<string> {
  const text = await call.machine.files.readText(`${homeOf(call)}/config/config.json`)
  const read = text === undefined || text === '' ? {} : (JSON.parse(text) as { readonly profile?: string })
  return read.profile ?? 'minikube'
}

/** Recorded 014 (unknown: exit 0 all the same), running-k8s-027 and 057. */
async function setProfile(call: ProgramCall, name: string): Promise<number> {
  const loaded = await loadProfile(call, name)
  if (!('value' in loaded)) {
    call.err(
      `X profile "${name}" not found\n* if you want to create a profile you can by this command: minikube start -p ${name}\n`,
    )
    return 0
  }
  await call.machine.files.write(`${homeOf(call)}/config/config.json`, goJson({ profile: name }, '    '))
  if (loaded.value.KeepContext) {
    call.out(`* Skipped switching kubectl context for ${name} because --keep-context was set.\n`)
    call.out(`* To connect to this cluster, use: kubectl --context=${name}\n`)
  } else {
    const kubeconfig = await loadKubeconfig(call)
    if ('value' in kubeconfig) await saveKubeconfig(call, { ...kubeconfig.value, currentContext: name })
  }
  call.out(`* minikube profile was successfully set to ${name}\n`)
  return 0
}
