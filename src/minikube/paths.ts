import type { MinikubeRef } from './types.ts'

/** Joins parts to a folder with the separator that folder already uses (Windows paths hold backslashes). */
export function joinPath(folder: string, ...parts: readonly string[]): string {
  const separator = /^[A-Za-z]:\\|^\\\\/.test(folder) ? '\\' : '/'
  return [folder, ...parts].join(separator)
}

/** The folder a path lies in, for either separator; the path itself when it has none. */
export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  return end <= 0 ? path : path.slice(0, end)
}

/** Where minikube keeps what devk8s reads about one of its profiles (facts sheet, 2.4, 4 and 12). */
export interface ProfilePaths {
  readonly profileFolder: string
  readonly profileConfig: string
  readonly machineFolder: string
  readonly machineConfig: string
  /** Made once for each node, and never again while the machine folder is there. */
  readonly machineKey: string
  /** Written when certificates are made (step 12 of start): none means Kubernetes never ran. */
  readonly apiServerCertificate: string
  /** The JSON events of the last start, stop or pause. */
  readonly events: string
  readonly lastStartLog: string
  readonly certificates: string
  readonly cache: string
}

/** A file of devk8s' own about a cluster, beside its private kubeconfig; removed with the cluster. */
export function privatePath(ref: Pick<MinikubeRef, 'kubeconfig' | 'profile'>, what: string): string {
  return joinPath(folderOf(ref.kubeconfig), `${ref.profile}.${what}.json`)
}

export function profilePaths(ref: Pick<MinikubeRef, 'home' | 'profile'>): ProfilePaths {
  const profileFolder = joinPath(ref.home, 'profiles', ref.profile)
  const machineFolder = joinPath(ref.home, 'machines', ref.profile)
  return {
    profileFolder,
    profileConfig: joinPath(profileFolder, 'config.json'),
    machineFolder,
    machineConfig: joinPath(machineFolder, 'config.json'),
    machineKey: joinPath(machineFolder, 'id_rsa.pub'),
    apiServerCertificate: joinPath(profileFolder, 'apiserver.crt'),
    events: joinPath(profileFolder, 'events.json'),
    lastStartLog: joinPath(ref.home, 'logs', 'lastStart.txt'),
    certificates: joinPath(ref.home, 'certs'),
    cache: joinPath(ref.home, 'cache'),
  }
}
