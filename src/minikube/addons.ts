import type { Change } from '../ports/event.ts'
import { firstLine, parsePlainReason } from './events.ts'
import type { ProfileConfig } from './profile-config.ts'

/** Where the workloads of an add-on live: a namespace, and names or a label within it. */
export interface AddonWorkloads {
  readonly namespace: string
  /** Names of Deployments, DaemonSets, StatefulSets, Jobs or bare Pods; all must be there and ready. */
  readonly names: readonly string[]
}

/**
 * What minikube v1.38.1 applies for the add-ons that run something (deploy/addons/*; facts sheet, 7).
 * `addons enable` waits for six of them, and then only for the phase Running, not for readiness.
 */
const known: Readonly<Record<string, AddonWorkloads>> = {
  ingress: { namespace: 'ingress-nginx', names: ['ingress-nginx-controller'] },
  'ingress-dns': { namespace: 'kube-system', names: ['kube-ingress-dns-minikube'] },
  dashboard: {
    namespace: 'kubernetes-dashboard',
    names: ['kubernetes-dashboard', 'dashboard-metrics-scraper'],
  },
  'metrics-server': { namespace: 'kube-system', names: ['metrics-server'] },
  'registry-creds': { namespace: 'kube-system', names: ['registry-creds'] },
  'storage-provisioner': { namespace: 'kube-system', names: ['storage-provisioner'] },
  registry: { namespace: 'kube-system', names: ['registry', 'registry-proxy'] },
  headlamp: { namespace: 'headlamp', names: ['headlamp'] },
  metallb: { namespace: 'metallb-system', names: ['controller', 'speaker'] },
  traefik: { namespace: 'kube-system', names: ['traefik'] },
}

/** Add-ons that are objects only: there is nothing to become ready. */
const withoutWorkloads: ReadonlySet<string> = new Set(['default-storageclass'])

export type AddonExpectation =
  | ({ readonly kind: 'known' } & AddonWorkloads)
  | { readonly kind: 'none' }
  /** Whatever carries minikube's label for the add-on. */
  | { readonly kind: 'labelled'; readonly label: string; readonly value: string }

export function addonExpectation(addon: string): AddonExpectation {
  const workloads = known[addon]
  if (workloads !== undefined) return { kind: 'known', ...workloads }
  if (withoutWorkloads.has(addon)) return { kind: 'none' }
  return { kind: 'labelled', label: 'kubernetes.io/minikube-addons', value: addon }
}

/** The other add-on that takes ports 80 and 443 of the node (facts sheet, 7.3). */
export function clashingAddon(addon: string): string | undefined {
  switch (addon) {
    case 'ingress':
      return 'traefik'
    case 'traefik':
      return 'ingress'
    default:
      return undefined
  }
}

/**
 * What of an add-on's options minikube has not recorded. It keeps them by the name of the image, for all add-ons
 * together, and never forgets one (assets/addons.go, SelectAndPersistImages): an option that is no longer wanted
 * cannot be told from another add-on's, so only what is wanted is compared.
 */
export function optionChanges(
  addon: string,
  options: Readonly<Record<string, string>>,
  recorded: Pick<ProfileConfig, 'addonImages' | 'addonRegistries'>,
): readonly Change[] {
  const now = { images: recorded.addonImages, registries: recorded.addonRegistries }
  return (['images', 'registries'] as const).flatMap((option) =>
    parsePairs(options[option] ?? '')
      .filter(([name, value]) => now[option][name] !== value)
      .map(([name, value]): Change => ({
        field: `addon.${addon}.${option}.${name}`,
        from: now[option][name] ?? "minikube's own",
        to: value,
        effect: 'restart',
      })),
  )
}

/** `RegistryCreds=acme/registry-creds:1.11,Other=...`, as minikube splits it (assets/addons.go, parseMapString). */
function parsePairs(text: string): readonly (readonly [name: string, value: string])[] {
  return text
    .split(',')
    .map((pair) => pair.split('='))
    .flatMap(([name, value, ...rest]) =>
      name !== undefined && value !== undefined && value !== '' && rest.length === 0 ? [[name, value]] : [],
    )
}

/**
 * Why `addons enable` failed, in minikube's words. It has no JSON mode: `X Exiting due to MK_ADDON_ENABLE:
 * enable failed: run callbacks: nosuch is not a valid addon` (running-k8s-014).
 */
export function enableFailure(stderr: string): string {
  const reason = parsePlainReason(stderr)
  if (reason === undefined) return firstLine(stderr.trim())
  return `${reason.name}: ${firstLine(reason.message)}`
}

/** Failures that `addons enable` only warns about: lines marked `!` on either stream. Disclaimers about who
 * maintains an add-on are marked the same and cannot be told apart, so they are kept as information. */
export function enableWarnings(stdout: string, stderr: string): readonly string[] {
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line.startsWith('! '))
    .map((line) => line.slice(2).trim())
}
