import { withTimePassed } from '../cluster-time.ts'
import { addonObjects } from '../kube-api/addons.ts'
import { putNamespace, putObject } from '../kube-api/store.ts'
import type { KubeStore } from '../kube-api/store.ts'
import type { KubeObject } from '../kube-api/object.ts'
import { faultOf, pass } from '../machine.ts'
import { type Laptop, withNode } from '../state.ts'
import { addonFacts, defaultAddons } from './addon-facts.ts'
import { isSet } from './flags.ts'
import { type ProfileConfig, withAddon } from './profile-config.ts'
import type { StartRun } from './start-run.ts'

export const dashboardHint = (profile: string): string =>
  `Some dashboard features require the metrics-server addon. To enable all features please run:\n\n\tminikube${profile === 'minikube' ? '' : ` -p ${profile}`} addons enable metrics-server`

/** Every start applies all recorded add-ons again (clause 12; recorded running-k8s-031). Gives the profile with them. */
export async function applyAddons(run: StartRun): Promise<ProfileConfig> {
  const { call, out, profile } = run
  const addons = wantedAddons(run)
  const [failing, working] = split(
    addons,
    (addon) => faultOf(call.machine, `addon.${addon}`) === 'enable-fails',
  )
  for (const image of addons.flatMap((addon) => addonFacts[addon]?.images ?? [])) {
    out.info(`Using image ${image}`, 'option')
  }
  await pass(call, 190)
  const now = call.machine.clock.now()
  await call.machine.laptop.change((laptop) => {
    const applied = working.reduce((made, addon) => withAddonObjects(made, profile, addon, now), laptop)
    return withTimePassed(call.machine, applied, profile)
  })
  for (const addon of failing) {
    out.warning(`Enabling '${addon}' returned an error: running callbacks: [simulated failure of ${addon}]`)
  }
  if (working.includes('dashboard')) out.info(dashboardHint(profile), 'plain')
  if (working.length > 0) out.step('Enabling Addons', `Enabled addons: ${working.join(', ')}`)
  return working.reduce((config, addon) => withAddon(config, addon, true), run.config)
}

function wantedAddons({ config, flags }: StartRun): readonly string[] {
  const recorded = Object.entries(config.Addons ?? {}).flatMap(([addon, on]) => (on ? [addon] : []))
  const asked = (flags.all['addons'] ?? []).flatMap((text) => text.split(','))
  const initial = config.Addons === null && flags.values['install-addons'] !== 'false' ? defaultAddons : []
  const known = asked.filter((addon) => addonFacts[addon] !== undefined)
  const all = isSet(flags, 'no-kubernetes') ? [] : [...initial, ...recorded, ...known]
  // storage-provisioner first, as in most recordings; the real order varies from run to run.
  return [...new Set(all)].toSorted((a, b) => rank(a) - rank(b))
}

function rank(addon: string): number {
  const at = defaultAddons.indexOf(addon)
  return at < 0 ? defaultAddons.length : at
}

function split<T>(all: readonly T[], test: (each: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(test), all.filter((each) => !test(each))]
}

/** The laptop with an add-on's objects in the profile's cluster. */
export function withAddonObjects(laptop: Laptop, profile: string, addon: string, now: number): Laptop {
  const store = laptop.nodes[profile]?.store
  if (store === undefined) return laptop
  return withNode(laptop, profile, { store: putAll(store, addonObjects(addon, laptop.system.arch), now) })
}

function putAll(store: KubeStore, objects: readonly KubeObject[], now: number): KubeStore {
  return objects.reduce(
    (made, object) =>
      object.kind === 'Namespace'
        ? putObject(putNamespace(made, object.metadata.name, now), object, now)
        : putObject(made, object, now),
    store,
  )
}
