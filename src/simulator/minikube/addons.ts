import { withTimePassed } from '../cluster-time.ts'
import { addonObjects } from '../kube-api/addons.ts'
import { at, numberOf } from '../kube-api/object.ts'
import { deleteObject, getObject, refOf } from '../kube-api/store.ts'
import { faultOf, pass, type ProgramCall } from '../machine.ts'
import { type Laptop, withNode } from '../state.ts'
import { addonFacts, addonNames, awaitedAddons } from './addon-facts.ts'
import { dashboardHint, withAddonObjects } from './addons-apply.ts'
import type { Flags } from './flags.ts'
import { loadProfile, saveProfile } from './home.ts'
import { sayNoProfile } from './no-profile.ts'
import { type Fatal, goJson, output, type Output } from './output.ts'
import { type ProfileConfig, withAddon } from './profile-config.ts'

/** `minikube addons list|enable|disable` (clauses 17, 31; recorded 015-017, running-k8s-009 to 018, 039). */
export async function addons(call: ProgramCall, flags: Flags, profile: string): Promise<number> {
  const [verb, addon] = flags.words
  // There is no JSON mode but for `list`: `-o json` is no flag of enable and disable.
  const out = output(call, false, [])
  const loaded = await loadProfile(call, profile)
  if (verb === 'list') return list(call, flags, profile, 'value' in loaded ? loaded.value : undefined)
  if (verb !== 'enable' && verb !== 'disable') {
    call.err(`Error: unknown command "${verb ?? ''}" for "minikube addons"\n`)
    return 14
  }
  if (addon === undefined)
    return out.fatal({ name: 'MK_USAGE', exit: 14, message: `usage: minikube addons ${verb} ADDON_NAME` })
  if ('missing' in loaded) return sayNoProfile(call, out, profile)
  if ('damaged' in loaded) {
    const message = `Error getting cluster config: unmarshal: ${loaded.damaged}`
    return out.fatal({ name: 'HOST_CONFIG_LOAD', exit: 38, message, box: 'file' })
  }
  return verb === 'enable'
    ? enable(call, out, withCustom(call, flags, loaded.value, addon), addon)
    : disable(call, loaded.value, addon)
}

function list(call: ProgramCall, flags: Flags, profile: string, config: ProfileConfig | undefined): number {
  const status = (addon: string) => (config?.Addons?.[addon] === true ? 'enabled' : 'disabled')
  if (flags.values['output'] === 'json') {
    const entries = addonNames.map((addon): [string, object] => [
      addon,
      config === undefined ? {} : { Profile: profile, Status: status(addon) },
    ])
    call.out(goJson(Object.fromEntries(entries)))
    return 0
  }
  for (const addon of addonNames) {
    call.out(`${addon} ${config === undefined ? '' : status(addon)} ${addonFacts[addon]?.maintainer ?? ''}\n`)
  }
  return 0
}

/** Keeps `--images` and `--registries`, and passes over names that the add-on does not have (clause 37). */
function withCustom(call: ProgramCall, flags: Flags, config: ProfileConfig, addon: string): ProfileConfig {
  const names = addonFacts[addon]?.imageNames
  const kept = (text: string | undefined, what: string) =>
    Object.fromEntries(
      (text ?? '')
        .split(',')
        .map((pair) => pair.split('='))
        .flatMap(([name = '', value = '']) => {
          if (value === '') return []
          if (names === undefined || names.includes(name)) return [[name, value]]
          call.out(`! Ignoring unknown custom ${what} ${name}\n`)
          return []
        }),
    )
  const images = kept(flags.values['images'], 'image')
  const registries = kept(flags.values['registries'], 'registry')
  return {
    ...config,
    CustomAddonImages: merged(config.CustomAddonImages, images),
    CustomAddonRegistries: merged(config.CustomAddonRegistries, registries),
  }
}

function merged(
  before: Readonly<Record<string, string>> | null | undefined,
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | null {
  return Object.keys(more).length === 0 ? (before ?? null) : { ...before, ...more }
}

const failed = (message: string): Fatal => ({
  name: 'MK_ADDON_ENABLE',
  exit: 10,
  message: `enable failed: run callbacks: ${message}`,
  box: 'file',
})

async function enable(call: ProgramCall, out: Output, config: ProfileConfig, addon: string): Promise<number> {
  const { Name: profile } = config
  const facts = addonFacts[addon]
  const laptop = await call.machine.laptop.read()
  if (facts === undefined) return out.fatal(failed(`${addon} is not a valid addon`))
  sayMaintainer(call, addon, facts.maintainer)
  const container = laptop.containers[profile]
  if (container === undefined || container === 'paused') {
    const message = `enabled failed: check paused: state: unknown state "${profile}"`
    return out.fatal({ name: 'MK_ADDON_ENABLE_PAUSED', exit: 11, message, box: 'file' })
  }
  if (container === 'exited') return enableStopped(call, out, config, addon)
  for (const image of facts.images) out.info(`Using image ${image}`, 'option')
  if (faultOf(call.machine, `addon.${addon}`) === 'enable-fails') {
    await pass(call, 2_000)
    return out.fatal(failed(`running callbacks: [simulated failure of ${addon}]`))
  }
  if (laptop.nodes[profile]?.apiserver !== true) {
    await pass(call, 6_000)
    return out.fatal(failed('running callbacks: [waiting for the API server: connection refused]'))
  }
  await pass(call, 300)
  const now = call.machine.clock.now()
  await call.machine.laptop.change((before) =>
    withTimePassed(call.machine, withAddonObjects(before, profile, addon, now), profile),
  )
  if (addon === 'dashboard') call.out(`* ${dashboardHint(profile)}\n\n`)
  const waited = await waitForPods(call, out, profile, addon)
  if (waited !== undefined) return waited
  await saveProfile(call, withAddon(config, addon, true))
  out.info(`The '${addon}' addon is enabled`)
  return 0
}

/** Six add-ons wait for their pods, up to six minutes (facts sheet 7.1); the wait is cut short as any silence is. */
async function waitForPods(
  call: ProgramCall,
  out: Output,
  profile: string,
  addon: string,
): Promise<number | undefined> {
  if (!awaitedAddons.includes(addon)) return undefined
  out.info(`Verifying ${addon} addon...`)
  for (let waitedMs = 0; waitedMs < 12_000; waitedMs += 1_000) {
    const laptop = await call.machine.laptop.change((now) => withTimePassed(call.machine, now, profile))
    if (isReady(laptop, profile, addon)) return undefined
    await pass(call, 1_000)
  }
  return out.fatal(
    failed(
      `running callbacks: [waiting for app.kubernetes.io/name=${addon}-nginx pods: context deadline exceeded]`,
    ),
  )
}

/** Whether each Deployment and DaemonSet of the add-on has a pod that is available. */
function isReady(laptop: Laptop, profile: string, addon: string): boolean {
  const store = laptop.nodes[profile]?.store
  if (store === undefined) return false
  return addonObjects(addon, laptop.system.arch)
    .filter(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet')
    .every((object) => {
      const stored = getObject(store, refOf(object))
      const ready = at(stored, 'status', 'availableReplicas') ?? at(stored, 'status', 'numberAvailable')
      return (numberOf(ready) ?? 0) > 0
    })
}

/** Recorded running-k8s-039 for the six that wait; the others are recorded only (facts sheet 7.1). */
async function enableStopped(
  call: ProgramCall,
  out: Output,
  config: ProfileConfig,
  addon: string,
): Promise<number> {
  const { Name: profile } = config
  if (awaitedAddons.includes(addon)) {
    out.info(`Verifying ${addon} addon...`)
    const why = `client config: context "${profile}" does not exist`
    return out.fatal(
      failed(`running callbacks: [get kube-client to validate ${addon} addon: ${why}: ${why}]`),
    )
  }
  await saveProfile(call, withAddon(config, addon, true))
  out.info(`The '${addon}' addon is enabled`)
  return 0
}

/** Recorded running-k8s-010 (Kubernetes), 012 (nobody). */
function sayMaintainer(call: ProgramCall, addon: string, maintainer: string): void {
  const third = /^(?:3rd party|third-party) \((.*)\)$/.exec(maintainer)
  if (third === null && maintainer !== '3rd party') {
    call.out(
      `* ${addon} is an addon maintained by ${maintainer}. For any concerns contact minikube on GitHub.\nYou can view the list of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS\n`,
    )
    return
  }
  call.out(
    `! ${addon} is a 3rd party addon and is not maintained or verified by minikube maintainers, enable at your own risk.\n`,
  )
  const who = third?.[1]
  call.out(
    who === undefined || who === 'unknown' || addon === 'registry-creds'
      ? `! ${addon} does not currently have an associated maintainer.\n`
      : `! ${addon} is maintained by ${who} for any concerns contact them.\n`,
  )
}

/** Recorded running-k8s-016, 017: disabling again is fine; the stray quote is minikube's. */
async function disable(call: ProgramCall, config: ProfileConfig, addon: string): Promise<number> {
  const { Name: profile } = config
  await pass(call, 200)
  await call.machine.laptop.change((laptop) => {
    const store = laptop.nodes[profile]?.store
    if (store === undefined) return laptop
    const objects = addonObjects(addon, laptop.system.arch)
    return withNode(laptop, profile, {
      store: objects.reduce((made, object) => deleteObject(made, refOf(object)), store),
    })
  })
  await saveProfile(call, withAddon(config, addon, false))
  call.out(`* "The '${addon}' addon is disabled\n`)
  return 0
}
