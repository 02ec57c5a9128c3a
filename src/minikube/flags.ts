import type { ExtraOption, Mount, PublishedPort } from './types.ts'

/** `A=true,B=false`, sorted, as minikube records it; empty for none. */
export function renderFeatureGates(gates: Readonly<Record<string, boolean>>): string {
  return Object.entries(gates)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, on]) => `${name}=${on}`)
    .join(',')
}

/** Splits what `renderFeatureGates` or a person wrote; entries without `=` are kept as they are. */
export function parseFeatureGates(text: string): Readonly<Record<string, string>> {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry): [string, string] => {
      const at = entry.indexOf('=')
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
    })
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** `component.key=value`; minikube splits at the first `.` and the first `=`, so the value may hold both. */
export function renderExtraOption(option: ExtraOption): string {
  return `${option.component}.${option.key}=${option.value}`
}

export function renderMount(mount: Mount): string {
  return `${mount.host}:${mount.node}`
}

/** `address:hostPort:nodePort`, the form docker and minikube's `ExposedPorts` use. */
export function renderPort(port: PublishedPort): string {
  return `${port.address}:${port.host}:${port.node}`
}
