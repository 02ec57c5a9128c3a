import { isRecord } from './events.ts'
import type { ExtraOption } from './types.ts'

/** What devk8s reads of minikube's `profiles/<name>/config.json`. It is a wish, not a state: minikube writes
 * it before a change has succeeded (running-088, running-090). DockerEnv, which may hold secrets, is not read. */
export interface ProfileConfig {
  readonly name: string
  readonly driver: string
  readonly cpus: number
  readonly memoryMiB: number
  readonly diskMiB: number
  readonly kubernetes: string
  readonly runtime: string
  readonly featureGates: string
  readonly extraOptions: readonly ExtraOption[]
  readonly serviceCidr: string
  readonly ports: readonly string[]
  readonly insecureRegistries: readonly string[]
  readonly registryMirrors: readonly string[]
  readonly mount: string
  readonly subnet: string
  readonly staticIp: string
  readonly baseImage: string
  readonly nodes: readonly { readonly name: string; readonly ip: string }[]
  readonly addons: Readonly<Record<string, boolean>>
  /** Images and registries that replace those of add-ons, by minikube's name of the image; of all add-ons together. */
  readonly addonImages: Readonly<Record<string, string>>
  readonly addonRegistries: Readonly<Record<string, string>>
}

/**
 * Parses the text of a profile's config.json. `damaged` when it is no JSON object or names no driver:
 * an empty or truncated file makes every minikube command exit 38 (running-133, running-k8s-148).
 */
export function parseProfileConfig(text: string): ProfileConfig | 'damaged' {
  const root = parseObject(text)
  if (root === undefined) return 'damaged'
  const { text: string, number, list } = readers(root)
  const kubernetes = isRecord(root['KubernetesConfig']) ? root['KubernetesConfig'] : {}
  const k8s = readers(kubernetes)
  if (string('Driver') === '' || string('Name') === '') return 'damaged'
  return {
    name: string('Name'),
    driver: string('Driver'),
    cpus: number('CPUs'),
    memoryMiB: number('Memory'),
    diskMiB: number('DiskSize'),
    kubernetes: k8s.text('KubernetesVersion'),
    runtime: k8s.text('ContainerRuntime'),
    featureGates: k8s.text('FeatureGates'),
    extraOptions: parseExtraOptions(kubernetes['ExtraOptions']),
    serviceCidr: k8s.text('ServiceCIDR'),
    ports: list('ExposedPorts'),
    insecureRegistries: list('InsecureRegistry'),
    registryMirrors: list('RegistryMirror'),
    mount: string('MountString'),
    subnet: string('Subnet'),
    staticIp: string('StaticIP'),
    baseImage: string('KicBaseImage'),
    nodes: parseNodes(root['Nodes']),
    addons: parseAddons(root['Addons']),
    addonImages: parseTexts(root['CustomAddonImages']),
    addonRegistries: parseTexts(root['CustomAddonRegistries']),
  }
}

/** Whether the text of `machines/<name>/config.json` can be read; when not, status is `null` and start exits
 * 80 (running-k8s-143, running-k8s-145). */
export function isReadableMachineConfig(text: string): boolean {
  return parseObject(text) !== undefined
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined // truncated or empty: the caller calls it damaged
  }
}

/** minikube writes `null` for an empty list and leaves fields of other versions out. */
function readers(source: Readonly<Record<string, unknown>>) {
  return {
    text: (name: string): string => {
      const value = source[name]
      return typeof value === 'string' ? value : ''
    },
    number: (name: string): number => {
      const value = source[name]
      return typeof value === 'number' ? value : 0
    },
    list: (name: string): readonly string[] => {
      const value = source[name]
      return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
    },
  }
}

function parseExtraOptions(value: unknown): ProfileConfig['extraOptions'] {
  if (!Array.isArray(value)) return []
  return value.filter(isRecord).map((each) => {
    const { text } = readers(each)
    return { component: text('Component'), key: text('Key'), value: text('Value') }
  })
}

function parseNodes(value: unknown): ProfileConfig['nodes'] {
  if (!Array.isArray(value)) return []
  return value.filter(isRecord).map((each) => {
    const { text } = readers(each)
    return { name: text('Name'), ip: text('IP') }
  })
}

function parseAddons(value: unknown): Readonly<Record<string, boolean>> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, on]) => [name, on === true]))
}

/** minikube writes `null` for a map that was never filled. */
function parseTexts(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {}
  const { text } = readers(value)
  return Object.fromEntries(Object.keys(value).map((name) => [name, text(name)]))
}
