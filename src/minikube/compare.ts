import parse from 'semver/functions/parse.js'
import type { Change } from '../ports/event.ts'
import { isContainerDriver, mountsAtStart } from './drivers.ts'
import { parseFeatureGates, renderExtraOption, renderFeatureGates, renderMount, renderPort } from './flags.ts'
import type { ProfileConfig } from './profile-config.ts'
import type { Mount, WantedCluster } from './types.ts'

type Effect = Change['effect']

/**
 * What differs between an existing cluster and the wanted one, and how each difference could come about
 * (facts sheet, 3.2; `updateExistingConfigFromFlags` in minikube's start_flags.go):
 * `restart` = minikube takes it and reconfigures the control plane; `in-place` = taken without that;
 * `recreate` = ignored, or written to the profile without effect; `unsupported` = never has an effect here.
 */
export function compareCluster(existing: ProfileConfig, wanted: WantedCluster): readonly Change[] {
  return [
    ...differs('driver', existing.driver, wanted.driver, 'recreate'),
    ...kubernetesChange(existing.kubernetes, wanted.kubernetes),
    // Taken, and 90 when the node lacks it, with the wish already recorded (running-088, running-k8s-034).
    ...differs('runtime', existing.runtime, wanted.runtime, 'restart'),
    ...differs('cpus', `${existing.cpus}`, `${wanted.cpus}`, 'recreate'),
    ...differs('memoryMiB', `${existing.memoryMiB}`, `${wanted.memoryMiB}`, 'recreate'),
    // A container shares the disk of its daemon, so the number means nothing there.
    ...(isContainerDriver(wanted.driver)
      ? []
      : differs('diskMiB', `${existing.diskMiB}`, `${wanted.diskMiB}`, 'recreate')),
    ...differs('nodes', `${existing.nodes.length}`, `${wanted.nodes}`, 'recreate'),
    ...featureGateChange(existing, wanted),
    ...extraConfigChange(existing, wanted),
    // minikube would take it, but Services keep their addresses and the certificates the old one.
    ...differs('serviceCidr', existing.serviceCidr, wanted.serviceCidr, 'recreate'),
    ...mountChange(existing, wanted),
    ...portChange(existing, wanted),
    ...listChange('registryMirrors', existing.registryMirrors, wanted.registryMirrors),
    ...listChange('insecureRegistries', existing.insecureRegistries, wanted.insecureRegistries),
    ...networkChange(existing, wanted),
  ]
}

/** Wishes that have no effect with this driver or runtime, whether or not a cluster exists. */
export function unsupportedWishes(wanted: WantedCluster): readonly Change[] {
  const onContainer = isContainerDriver(wanted.driver)
  return [
    ...(onContainer ? [] : wish('ports', wanted.ports.map(renderPort).join(','))),
    ...(onContainer ? [] : wish('subnet', wanted.subnet)),
    ...(wanted.driver === 'docker' ? [] : wish('staticIp', wanted.staticIp)),
    // containerd gets one hosts.toml per name, so an address range does nothing (minikube#15597).
    ...(wanted.runtime === 'containerd'
      ? wish('insecureRegistries', wanted.insecureRegistries.filter((each) => each.includes('/')).join(','))
      : []),
  ]
}

function wish(field: string, to: string | undefined): readonly Change[] {
  return to === undefined || to === '' ? [] : [{ field: `cluster.${field}`, to, effect: 'unsupported' }]
}

/**
 * The wanted cluster with every field that only a new cluster could take set back to what exists. Starting
 * with the wish instead would be a warning at best; for ports it would be recorded without effect
 * (running-086), and the difference would never be seen again.
 */
export function keepFixedFields(existing: ProfileConfig, wanted: WantedCluster): WantedCluster {
  const fixed = new Set(
    compareCluster(existing, wanted)
      .filter((change) => change.effect === 'recreate')
      .map((change) => change.field.slice('cluster.'.length)),
  )
  const keep = <T>(field: string, old: T, wish: T): T => (fixed.has(field) ? old : wish)
  return {
    ...wanted,
    driver: keep('driver', existing.driver, wanted.driver),
    kubernetes: keep('kubernetes', existing.kubernetes, wanted.kubernetes),
    cpus: keep('cpus', existing.cpus, wanted.cpus),
    memoryMiB: keep('memoryMiB', existing.memoryMiB, wanted.memoryMiB),
    diskMiB: existing.diskMiB > 0 ? existing.diskMiB : wanted.diskMiB,
    serviceCidr: keep('serviceCidr', existing.serviceCidr, wanted.serviceCidr),
    mounts: keep('mounts', parseMount(existing.mount), wanted.mounts),
  }
}

function differs(field: string, from: string, to: string, effect: Effect): readonly Change[] {
  return from === to ? [] : [{ field: `cluster.${field}`, from, to, effect }]
}

/** Upwards in place; downwards minikube refuses with 106, always (running-k8s-032). */
function kubernetesChange(from: string, to: string): readonly Change[] {
  return differs('kubernetes', from, to, isLower(to, from) ? 'recreate' : 'restart')
}

/** Words that are no versions compare as nothing; minikube then decides. */
function isLower(a: string, b: string): boolean {
  const [left, right] = [parse(a), parse(b)]
  return left !== null && right !== null && left.compare(right) < 0
}

function featureGateChange(existing: ProfileConfig, wanted: WantedCluster): readonly Change[] {
  const from = parseFeatureGates(existing.featureGates)
  const to = parseFeatureGates(renderFeatureGates(wanted.featureGates))
  return JSON.stringify(from) === JSON.stringify(to)
    ? []
    : differs('featureGates', existing.featureGates, renderFeatureGates(wanted.featureGates), 'restart')
}

/** `--extra-config` replaces the whole list, but an empty value is a flag error (recorded 099), so the last
 * entry can only go with the cluster. */
function extraConfigChange(existing: ProfileConfig, wanted: WantedCluster): readonly Change[] {
  const from = existing.extraOptions
    .map((option) => `${option.component}.${option.key}=${option.value}`)
    .toSorted()
    .join(' ')
  const to = wanted.extraConfig.map(renderExtraOption).toSorted().join(' ')
  return differs('extraConfig', from, to, to === '' ? 'recreate' : 'restart')
}

function mountChange(existing: ProfileConfig, wanted: WantedCluster): readonly Change[] {
  const to = wanted.mounts[0] === undefined ? '' : renderMount(wanted.mounts[0])
  // A container with another mount string ends in GUEST_MOUNT_CONFLICT 81, after it has been started.
  const effect = mountsAtStart(existing.driver) ? 'in-place' : 'recreate'
  return differs('mounts', existing.mount, to, effect)
}

function parseMount(text: string): readonly Mount[] {
  const at = text.lastIndexOf(':')
  return at <= 0 ? [] : [{ host: text.slice(0, at), node: text.slice(at + 1) }]
}

function portChange(existing: ProfileConfig, wanted: WantedCluster): readonly Change[] {
  if (!isContainerDriver(wanted.driver)) return []
  return listChange('ports', existing.ports, wanted.ports.map(renderPort))
}

function listChange(field: string, from: readonly string[], to: readonly string[]): readonly Change[] {
  return differs(field, from.toSorted().join(','), to.toSorted().join(','), 'recreate')
}

/** An unset wish means "whatever minikube chose". */
function networkChange(existing: ProfileConfig, wanted: WantedCluster): readonly Change[] {
  const { subnet, staticIp } = wanted
  return [
    ...(subnet === undefined || !isContainerDriver(wanted.driver)
      ? []
      : differs('subnet', existing.subnet, subnet, 'recreate')),
    ...(staticIp === undefined || wanted.driver !== 'docker'
      ? []
      : differs('staticIp', existing.staticIp, staticIp, 'recreate')),
  ]
}
