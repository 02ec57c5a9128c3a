import type { Layout } from '../plan/layout.ts'

/**
 * Where devk8s keeps what it knows about contexts. What may be deleted at any time: `history`, `unlocks` (all is locked
 * again), `lookups`, `sessions`, `colors`. `sessions` and `backups` are secret.
 */
export interface ContextPlaces {
  /**
   * The small program that kubectl starts for credentials; stays at its place when devk8s is updated. Every entry that
   * devk8s wrote names it, and none works without it until `devk8s up` has written it again.
   */
  readonly launcher: string
  /** Contexts and namespaces of before, for `-` and `--history`. */
  readonly history: string
  /** One file per lifted protection. */
  readonly unlocks: string
  /** Who lifted which protection, when and why. */
  readonly unlockLog: string
  /** The last answer of each remote lookup. */
  readonly lookups: string
  /** Short-lived AWS sessions and client certificates, mode 0600. */
  readonly sessions: string
  /** `name<TAB>colour` of contexts that have one, for the prompt. */
  readonly colors: string
  /** The old versions of kubeconfig files, whole: with what credentials they hold. Without them there is no undo. */
  readonly backups: string
  /** Kubeconfig files that bind one shell each; a shell whose file is gone has whatever context all have. */
  readonly bound: string
  /** The folders that have our `kubectx` and `kubens`, one a line. */
  readonly aliases: string
  /** What `switch --for` agreed, one file each. */
  readonly returns: string
}

/** The places below the folders of this machine's devk8s, with the separator of the platform. */
export function contextPlaces(
  { data, state, runtime }: Pick<Layout, 'data' | 'state' | 'runtime'>,
  platform: 'darwin' | 'linux' | 'win32',
): ContextPlaces {
  const slash = platform === 'win32' ? '\\' : '/'
  const at = (...parts: readonly string[]) => parts.join(slash)
  return {
    launcher: at(data, 'bin', platform === 'win32' ? 'devk8s.cmd' : 'devk8s'),
    history: at(state, 'contexts', 'history.json'),
    unlocks: at(state, 'contexts', 'unlocked'),
    unlockLog: at(state, 'contexts', 'unlocks.log'),
    lookups: at(state, 'contexts', 'lookups'),
    sessions: at(state, 'contexts', 'sessions'),
    colors: at(state, 'contexts', 'colors'),
    backups: at(state, 'kubeconfig'),
    bound: at(runtime, 'shells'),
    aliases: at(state, 'contexts', 'aliases'),
    returns: at(state, 'contexts', 'returns'),
  }
}
