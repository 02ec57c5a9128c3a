import type { Flags } from './flags.ts'
import type { Fatal, Output } from './output.ts'
import { megabytes } from './profile-config.ts'

const usage = (message: string): Fatal => ({ name: 'MK_USAGE', exit: 14, message })

const components = [
  'apiserver',
  'controller-manager',
  'scheduler',
  'etcd',
  'kubeadm',
  'kubelet',
  'kube-proxy',
]

/** Flag values that minikube refuses after step 1 (recorded 096, 098, 106-111, 117, 119, 120). */
export function refuseFlags(flags: Flags, driver: string, out: Output): Fatal | undefined {
  const value = (name: string) => flags.values[name] ?? ''
  const output = flags.values['output']
  if (output !== undefined && output !== 'text' && output !== 'json') {
    return usage('Sorry, please set the --output flag to one of the following valid options: [text,json]')
  }
  if (value('base-image') !== '' && driver !== 'docker' && driver !== 'podman') {
    return usage(
      `flag --base-image is not available for driver '${driver}'. Did you mean to use 'docker' or 'podman' driver instead?\nPlease use --iso-url flag to configure VM based drivers`,
    )
  }
  const runtime = value('container-runtime')
  if (!['', 'docker', 'containerd', 'cri-o', 'crio'].includes(runtime)) {
    return usage(`Invalid Container Runtime: ${runtime}. Valid runtimes are: [docker cri-o containerd]`)
  }
  return refuseComponents(flags, out) ?? refuseSizes(flags) ?? refuseAddresses(flags)
}

function refuseComponents(flags: Flags, out: Output): Fatal | undefined {
  const given = (flags.all['extra-config'] ?? []).map((text) => text.slice(0, text.indexOf('.')))
  const unknown = given.filter((component) => !components.includes(component))
  if (unknown.length === 0) return undefined
  out.warning(`These --extra-config parameters are invalid: [${unknown.join(' ')}]`)
  return usage(`Valid components are: [${components.join(' ')}]`)
}

function refuseSizes(flags: Flags): Fatal | undefined {
  const disk = flags.values['disk-size']
  const asked = disk === undefined ? undefined : megabytes(disk)
  return asked !== undefined && asked < 2000
    ? usage(`Requested disk size ${asked} is less than minimum of 2000`)
    : undefined
}

function refuseAddresses(flags: Flags): Fatal | undefined {
  const value = (name: string) => flags.values[name] ?? ''
  const port = (flags.all['ports'] ?? []).flatMap((text) => text.split(',')).find((text) => !isPort(text))
  if (port !== undefined) {
    return usage(`Sorry, one of the ports provided with --ports flag is not valid: ${port}`)
  }
  const subnet = value('subnet')
  if (subnet !== '' && !isIpv4(subnet.replace(/\/\d+$/, ''))) {
    return usage(
      `Sorry, unable to parse subnet: failed parsing address ${subnet}: invalid CIDR address: ${subnet}`,
    )
  }
  if (value('static-ip') !== '' && !isPrivate(value('static-ip'))) return usage('static IP must be private')
  const listen = value('listen-address')
  if (listen !== '' && !isIpv4(listen)) {
    return usage(`Sorry, the IP provided with the --listen-address flag is invalid: ${listen}.`)
  }
  return refuseRegistries(flags)
}

function refuseRegistries(flags: Flags): Fatal | undefined {
  const mirror = (flags.all['registry-mirror'] ?? []).find((url) => !/^https?:\/\//.test(url))
  if (mirror !== undefined) {
    return usage(`Sorry, the url provided with the --registry-mirror flag is invalid: ${mirror}`)
  }
  const insecure = (flags.all['insecure-registry'] ?? [])
    .map((text) => text.replace(/^https?:\/\//, ''))
    .find((text) => !/^[\w.-]+(:\d+)?$/.test(text) && !/^[\d.]+\/\d+$/.test(text))
  return insecure === undefined
    ? undefined
    : usage(
        `Sorry, the address provided with the --insecure-registry flag is invalid: ${insecure}. Expected formats are: <ip>[:<port>], <hostname>[:<port>] or <network>/<netmask>`,
      )
}

/** The parser itself refuses a value without a dot, as plain text even in JSON mode (recorded 099). */
export function unparsableValue(flags: Flags): string | undefined {
  const text = (flags.all['extra-config'] ?? []).find((each) => !each.includes('.'))
  return text === undefined
    ? undefined
    : `invalid argument "${text}" for "--extra-config" flag: invalid value: must contain at least one period: "${text}"`
}

function isPort(text: string): boolean {
  return /^([\d.]+:)?\d+(:\d+)?(\/(tcp|udp))?$/.test(text)
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^\d+$/.test(part) && Number(part) < 256)
}

function isPrivate(text: string): boolean {
  return isIpv4(text) && /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(text)
}
