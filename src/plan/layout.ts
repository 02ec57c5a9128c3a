import type { World } from '../world.ts'

/** Every place on the machine that devk8s reads or writes. */
export interface Layout {
  /** Personal overrides: `overrides.yaml`, `last-profile`. */
  readonly config: string
  /** `tools/<name>/<version>/<name>`; the private kubeconfigs. */
  readonly data: string
  /** Journals, locks, backups of the kubeconfig. */
  readonly state: string
  /** Files that mean something only as long as their processes live; gone after a reboot where the system has such a folder. */
  readonly runtime: string
  readonly minikubeHome: string
  /** The user's kubeconfig files in kubectl's order, first = where new contexts go. Absolute. */
  readonly userKubeconfig: readonly string[]
}

/**
 * Where things live: XDG variables win everywhere, since people who set them expect it; otherwise the
 * platform's custom. minikube's home follows minikube's own rule (pkg/minikube/localpath/localpath.go:44-53),
 * the kubeconfig follows client-go's (KUBECONFIG is a list). Relative members are made absolute: what is remembered
 * about these files, or handed to a shell, must mean the same ones in another folder.
 */
export function layoutOf(world: Pick<World, 'cwd' | 'env' | 'home' | 'platform'>): Layout {
  const { cwd, env, home, platform } = world
  const slash = platform === 'win32' ? '\\' : '/'
  const join = (...parts: string[]) => parts.join(slash)
  const base = (variable: string, unix: string[], windows: string[]) =>
    join(
      absolute(env[variable], platform) ??
        (platform === 'win32' ? join(home, ...windows) : join(home, ...unix)),
      'devk8s',
    )
  const wanted = env['MINIKUBE_HOME']
  const minikubeHome = !wanted
    ? join(home, '.minikube')
    : wanted.replace(/[/\\]+$/, '').endsWith('.minikube')
      ? wanted.replace(/[/\\]+$/, '')
      : join(wanted.replace(/[/\\]+$/, ''), '.minikube')
  const listed = (env['KUBECONFIG'] ?? '')
    .split(platform === 'win32' ? ';' : ':')
    .filter((path) => path !== '')
    .map((path) => from(cwd, path, platform))
  const state = base('XDG_STATE_HOME', ['.local', 'state'], ['AppData', 'Local', 'State'])
  return {
    config: base('XDG_CONFIG_HOME', ['.config'], ['AppData', 'Roaming']),
    data: base('XDG_DATA_HOME', ['.local', 'share'], ['AppData', 'Local']),
    runtime: runtimeOf(env['XDG_RUNTIME_DIR'], state, platform),
    state,
    minikubeHome,
    userKubeconfig: listed.length > 0 ? [...new Set(listed)] : [join(home, '.kube', 'config')],
  }
}

/** Only Linux desktops have XDG_RUNTIME_DIR; elsewhere what a dead process left is swept from a folder of the state. */
function runtimeOf(variable: string | undefined, state: string, platform: World['platform']): string {
  const slash = platform === 'win32' ? '\\' : '/'
  const folder = absolute(variable, platform)
  return folder === undefined ? `${state}${slash}run` : `${folder}${slash}devk8s`
}

/** The XDG specification has relative values ignored: they would mean another folder in each working directory. */
function absolute(path: string | undefined, platform: World['platform']): string | undefined {
  if (path === undefined) return undefined
  return (platform === 'win32' ? /^(?:[A-Za-z]:)?[\\/]/ : /^\//).test(path) ? path : undefined
}

/**
 * A path as seen from the working directory. Only leading `.` and `..` are worked out: the working directory is told
 * without symlinks, but behind the first name `..` may lead elsewhere than it looks.
 */
function from(cwd: string, path: string, platform: World['platform']): string {
  const isWindows = platform === 'win32'
  // `\a` and `C:a` hang on a drive's state of its own.
  if (isWindows ? /^(?:[A-Za-z]:|[\\/])/.test(path) : path.startsWith('/')) return path
  const names = cwd.split(isWindows ? /[\\/]+/ : /\/+/).filter((name, index) => name !== '' || index === 0)
  let rest = path
  for (;;) {
    const [step, dots] = (isWindows ? /^(\.\.?)[\\/]+/ : /^(\.\.?)\/+/).exec(rest) ?? []
    if (step === undefined) break
    rest = rest.slice(step.length)
    if (dots === '..' && names.length > 1) names.pop()
  }
  return [...names, rest].join(isWindows ? '\\' : '/')
}
