import ipaddr from 'ipaddr.js'
import compareVersions from 'semver/functions/compare.js'
import type { ProblemKind } from '../problems/problem.ts'
import {
  kubernetesUnsupported,
  profileBadValue,
  profileContradiction,
  profileDuplicate,
  profileMissingKey,
} from '../problems/profile.ts'
import type { JsonMap } from './document.ts'
import type { Path } from './faults.ts'
import { renderPath, suggest } from './faults.ts'
import { newestKubernetes, oldestKubernetes, pinnedAddons, pinnedMinikube } from './pinned.ts'
import type { Driver, Profile } from './profile.ts'
import { awsRule } from './rules-aws.ts'
import { remoteRule } from './rules-remote.ts'
import { valueAt } from './tree.ts'

/** Several values that do not go together, or a value that only another one makes wrong. */
export interface RuleFault {
  readonly kind: ProblemKind
  readonly path: Path
  readonly at: 'key' | 'value'
  readonly detail: string
}

type Rule = (profile: Profile, tree: JsonMap) => readonly RuleFault[]

const at = (kind: ProblemKind, path: Path, detail: string, where: 'key' | 'value' = 'value'): RuleFault => ({
  kind,
  path,
  at: where,
  detail,
})

const containerDrivers: ReadonlySet<Driver | 'auto'> = new Set(['docker', 'podman', 'auto'])

/** facts sheet, 2.3: older is refused (recorded 088); newer is looked for at GitHub and mostly refused (089 to 091). */
const kubernetesRule: Rule = ({ cluster: { kubernetes }, tools }) => {
  const path = ['cluster', 'kubernetes']
  const minikube = tools.minikube.version
  if (compareVersions(kubernetes, oldestKubernetes) < 0) {
    const detail = `${kubernetes} is older than ${oldestKubernetes}, the oldest that minikube runs.`
    return [at(kubernetesUnsupported, path, detail)]
  }
  if (compareVersions(minikube, pinnedMinikube) > 0 || compareVersions(kubernetes, newestKubernetes) <= 0)
    return []
  const detail = `${kubernetes} is newer than ${newestKubernetes}, the newest that minikube ${minikube} knows.`
  return [at(kubernetesUnsupported, path, detail)]
}

/** Unknown add-ons are skipped in silence by `start --addons` (recorded 097); a newer minikube may know more. */
const addonNamesRule: Rule = ({ addons, tools }) => {
  const { version } = tools.minikube
  if (compareVersions(version, pinnedMinikube) > 0) return []
  const known: readonly string[] = pinnedAddons
  return Object.keys(addons)
    .filter((addon) => !known.includes(addon))
    .map((addon) => {
      const hint =
        addon === 'traefik'
          ? ' It came with v1.39.0: set tools.minikube.version to use it.'
          : suggest(addon, known)
      return at(
        profileBadValue,
        ['addons', addon],
        `minikube ${version} has no add-on ${addon}.${hint}`,
        'key',
      )
    })
}

/** facts sheet, 7.3: both want the node's ports 80 and 443, and no code stops the pair. */
const controllersRule: Rule = ({ addons }) =>
  addons['ingress']?.enabled === true && addons['traefik']?.enabled === true
    ? [
        at(
          profileContradiction,
          ['addons', 'traefik'],
          'ingress and traefik both take ports 80 and 443 of the node; keep one.',
          'key',
        ),
      ]
    : []

/** facts sheet, 3.1 and 8: docker only; it wins over --subnet in silence; podman ignores it. */
const staticIpRule: Rule = ({ cluster: { staticIp, subnet, driver } }) => {
  if (staticIp === undefined) return []
  const path = ['cluster', 'staticIp']
  const faults: RuleFault[] = []
  if (driver !== 'docker' && driver !== 'auto') {
    faults.push(
      at(
        profileContradiction,
        path,
        `A static address works with the docker driver only, not with ${driver}.`,
      ),
    )
  }
  if (subnet !== undefined) {
    faults.push(
      at(
        profileContradiction,
        path,
        `staticIp ${staticIp} and subnet ${subnet} are both given; minikube would ignore the subnet.`,
      ),
    )
  }
  return faults
}

/** facts sheet, 3.1: the flags are for container drivers; a VM's address is reached directly. */
const containerOnlyRule: Rule = ({ cluster: { driver, ports, subnet } }) => {
  if (containerDrivers.has(driver)) return []
  const detail = (what: string) => `${what} with the docker and podman drivers only, not with ${driver}.`
  return [
    ...(ports.length > 0
      ? [at(profileContradiction, ['cluster', 'ports'], detail('Ports are published'))]
      : []),
    ...(subnet === undefined
      ? []
      : [at(profileContradiction, ['cluster', 'subnet'], detail('The subnet can be chosen'))]),
  ]
}

/** minikube#15597: containerd gets one hosts.toml per name, so a range does nothing. */
const insecureRangesRule: Rule = ({ cluster: { runtime, insecureRegistries } }) =>
  runtime === 'docker'
    ? []
    : insecureRegistries.flatMap((registry, index) =>
        registry.includes('/')
          ? [
              at(
                profileContradiction,
                ['cluster', 'insecureRegistries', index],
                `The range ${registry} does nothing with the ${runtime} runtime; name each registry.`,
              ),
            ]
          : [],
      )

/** The first and the last address of a range, as numbers to compare. */
const ends = (range: string): readonly [number, number] => [
  numberOf(ipaddr.IPv4.networkAddressFromCIDR(range)),
  numberOf(ipaddr.IPv4.broadcastAddressFromCIDR(range)),
]

const numberOf = (address: ipaddr.IPv4): number => address.octets.reduce((sum, octet) => sum * 256 + octet, 0)

const rangesRule: Rule = ({ cluster: { serviceCidr, subnet, staticIp } }) => {
  const nodes = subnet ?? (staticIp === undefined ? undefined : `${staticIp}/24`)
  if (nodes === undefined) return []
  const [first, last] = ends(serviceCidr)
  const [from, to] = ends(nodes)
  if (from > last || to < first) return []
  const path = ['cluster', subnet === undefined ? 'staticIp' : 'subnet']
  return [at(profileContradiction, path, `The nodes' ${nodes} and the services' ${serviceCidr} overlap.`)]
}

/** One fault for each entry whose name an earlier entry has. */
function repeated(
  names: readonly string[],
  path: (index: number) => Path,
  what: string,
): readonly RuleFault[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) < index ? [at(profileDuplicate, path(index), `${what} ${name} is there twice.`)] : [],
  )
}

const repeatsRule: Rule = ({ cluster, namespaces, manifests }) => [
  ...repeated(
    namespaces.map(({ name }) => name),
    (index) => ['namespaces', index],
    'The namespace',
  ),
  ...repeated(manifests, (index) => ['manifests', index], 'The manifest'),
  ...repeated(
    cluster.ports.map(({ address, host }) => `${address}:${host}`),
    (index) => ['cluster', 'ports', index],
    'The port',
  ),
]

/** One name, one context: with two of a name, or an alias that is another's name, `switch` would have to guess. */
const contextNamesRule: Rule = ({ contexts, context }) => {
  const named = contexts.flatMap((each, index) => [
    { name: each.name, path: ['contexts', index, 'name'] as Path },
    ...(each.aliases ?? []).map((name, place) => ({
      name,
      path: ['contexts', index, 'aliases', place] as Path,
    })),
  ])
  const isLater = (name: string, at: number) => named.findIndex((each) => each.name === name) < at
  return named.flatMap(({ name, path }, index) => {
    if (name === context.name) {
      return [at(profileDuplicate, path, `${name} is the name of the local cluster's context.`)]
    }
    return isLater(name, index) ? [at(profileDuplicate, path, `${name} names another context already.`)] : []
  })
}

/** Without a version of its own kubectl follows the cluster's, and a sum would soon be another version's. */
const kubectlSumRule: Rule = ({ tools }, tree) =>
  Object.keys(tools.kubectl.sha256).length > 0 && valueAt(tree, ['tools', 'kubectl', 'version']) === undefined
    ? [
        at(
          profileMissingKey,
          ['tools', 'kubectl', 'sha256'],
          'tools.kubectl.version is missing: sums are those of one version.',
          'key',
        ),
      ]
    : []

const rules: readonly Rule[] = [
  kubernetesRule,
  addonNamesRule,
  controllersRule,
  staticIpRule,
  containerOnlyRule,
  insecureRangesRule,
  rangesRule,
  repeatsRule,
  contextNamesRule,
  remoteRule,
  awsRule,
  kubectlSumRule,
]

/** What is wrong between the values of a profile, each of which is right by itself. */
export function checkRules(profile: Profile, tree: JsonMap): readonly RuleFault[] {
  return rules
    .flatMap((rule) => rule(profile, tree))
    .map((each) => ({
      ...each,
      detail: `${renderPath(each.path)}: ${each.detail}`,
    }))
}
