/** What a command line says, read as minikube's parser (pflag) reads it. */
export interface Flags {
  /** Words that are no flags, the command itself left out. */
  readonly words: readonly string[]
  /** The last value of each flag. */
  readonly values: Readonly<Record<string, string>>
  /** Every value of each flag, for those that may be repeated. */
  readonly all: Readonly<Record<string, readonly string[]>>
}

export interface FlagError {
  readonly error: string
}

const shorthand: Readonly<Record<string, string>> = {
  p: 'profile',
  o: 'output',
  v: 'v',
  l: 'light',
  b: 'bootstrapper',
  f: 'file',
  n: 'node',
}

const globalFlags = {
  switches: [
    'alsologtostderr',
    'help',
    'logtostderr',
    'rootless',
    'skip-audit',
    'one_output',
    'add_dir_header',
  ],
  values: ['profile', 'bootstrapper', 'user', 'v', 'log_dir', 'log_file', 'vmodule', 'stderrthreshold'],
}

/** The flags of each command that the simulator knows (recorded 049, 055; minikube's site for v1.38.1). */
const commandFlags: Readonly<
  Record<string, { readonly switches: readonly string[]; readonly values: readonly string[] }>
> = {
  start: {
    switches: words(`auto-update-drivers cache-images delete-on-failure disable-driver-mounts disable-metrics
      disable-optimizations disable-coredns-log dns-proxy download-only dry-run embed-certs enable-default-cni force
      force-systemd ha hidden host-dns-resolver hyperv-use-external-switch install-addons interactive keep-context
      kvm-hidden kvm-gpu mount native-ssh no-kubernetes no-vtx-check preload rosetta vm`),
    values:
      words(`addons apiserver-ips apiserver-name apiserver-names apiserver-port auto-pause-interval base-image
      binary-mirror cert-expiration cni container-runtime cpus cri-socket disk-size dns-domain docker-env docker-opt
      driver extra-config extra-disks feature-gates gpus host-only-cidr host-only-nic-type hyperkit-vpnkit-sock
      hyperkit-vsock-ports hyperv-external-adapter hyperv-virtual-switch image-mirror-country image-repository
      insecure-registry iso-url kubernetes-version kvm-network kvm-numa-count kvm-qemu-uri listen-address memory
      mount-9p-version mount-gid mount-ip mount-msize mount-options mount-port mount-string mount-type mount-uid
      namespace nat-nic-type network network-plugin nfs-share nfs-shares-root nodes output ports
      preload-source qemu-firmware-path registry-mirror service-cluster-ip-range socket-vmnet-client-path
      socket-vmnet-path ssh-ip-address ssh-key ssh-port ssh-user static-ip subnet trace uuid vm-driver wait
      wait-timeout`),
  },
  stop: { switches: ['all', 'cancel-scheduled', 'keep-context-active'], values: ['output', 'schedule'] },
  delete: { switches: ['all', 'purge'], values: ['output'] },
  status: { switches: [], values: ['output', 'format', 'layout', 'node', 'watch'] },
  profile: { switches: ['light', 'detailed'], values: ['output'] },
  addons: {
    switches: ['force', 'refresh', 'docs', 'url', 'https'],
    values: ['output', 'images', 'registries', 'file', 'format', 'interval', 'wait'],
  },
  version: { switches: ['short', 'components'], values: ['output'] },
  ip: { switches: [], values: ['node'] },
  ssh: { switches: ['native-ssh'], values: ['node'] },
  logs: {
    switches: ['audit', 'follow', 'last-start-only', 'problems'],
    values: ['file', 'length', 'node', 'output'],
  },
  'update-context': { switches: [], values: [] },
}

/** Whether the simulator plays this command. */
export function isKnownCommand(command: string): boolean {
  return Object.hasOwn(commandFlags, command)
}

/** Reads the arguments after the program's name; the first word is the command. */
export function parseFlags(argv: readonly string[]): Flags | FlagError {
  const command = argv[0] ?? ''
  const known = commandFlags[command] ?? { switches: [], values: [] }
  const switches = new Set([...known.switches, ...globalFlags.switches])
  const valued = new Set([...known.values, ...globalFlags.values])
  const found: [string, string][] = []
  const rest: string[] = []
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at] ?? ''
    if (word === '--') {
      rest.push(...argv.slice(at + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      rest.push(word)
      continue
    }
    const [name, given] = split(word, command)
    if (switches.has(name)) found.push([name, given ?? 'true'])
    else if (!valued.has(name)) return { error: unknownFlag(word, name) }
    else {
      if (given === undefined && argv[at + 1] === undefined)
        return { error: `flag needs an argument: --${name}` }
      found.push([name, given ?? argv[(at += 1)] ?? ''])
    }
  }
  return { words: rest, values: Object.fromEntries(found), all: collect(found) }
}

/** `--name=value`, `--name`, `-p value`, `-o=json`. `-l` is `--layout` for status and `--light` for profile. */
function split(word: string, command: string): readonly [string, string | undefined] {
  const bare = word.replace(/^--?/, '')
  const equals = bare.indexOf('=')
  const name = equals < 0 ? bare : bare.slice(0, equals)
  const value = equals < 0 ? undefined : bare.slice(equals + 1)
  if (word.startsWith('--')) return [name, value]
  if (name === 'l' && command === 'status') return ['layout', value]
  if (name === 'f' && command === 'status') return ['format', value]
  return [shorthand[name] ?? name, value]
}

function unknownFlag(word: string, name: string): string {
  return word.startsWith('--')
    ? `unknown flag: --${name}`
    : `unknown shorthand flag: '${name[0] ?? ''}' in ${word}`
}

function collect(found: readonly (readonly [string, string])[]): Flags['all'] {
  const names = [...new Set(found.map(([name]) => name))]
  return Object.fromEntries(
    names.map((name) => [name, found.filter(([each]) => each === name).map(([, value]) => value)]),
  )
}

/** Whether a switch is set; `--preload=false` is not. */
export function isSet(flags: Flags, name: string): boolean {
  return flags.values[name] === 'true'
}

function words(text: string): readonly string[] {
  return text.split(/\s+/)
}
