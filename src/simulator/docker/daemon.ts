import type { Laptop } from '../state.ts'

/** Why the daemon does not answer this caller; undefined when it does. */
export type DaemonTrouble = { readonly text: string } | { readonly hangs: true }

/**
 * What a docker client is told (docker.md, clauses 4-6). A DOCKER_HOST that is not the laptop's socket leads
 * nowhere (recorded docker 030). `request` is the path of the request, which the refusal names.
 */
export function daemonTrouble(
  laptop: Laptop,
  env: Readonly<Record<string, string>>,
  request: string,
): DaemonTrouble | undefined {
  const { docker } = laptop
  const host = env['DOCKER_HOST'] ?? docker.socket
  if (host !== docker.socket || docker.state === 'down' || docker.state === 'absent') {
    return { text: `Cannot connect to the Docker daemon at ${host}. Is the docker daemon running?` }
  }
  switch (docker.state) {
    case 'denied': {
      const socket = docker.socket.replace('unix://', '')
      const url = `http://${socket.replaceAll('/', '%2F')}/v${docker.clientApi}/${request}`
      return {
        text: `permission denied while trying to connect to the Docker daemon socket at ${docker.socket}: Get "${url}": dial unix ${socket}: connect: permission denied`,
      }
    }
    case 'hanging':
      return { hangs: true }
    case 'running':
      return undefined
  }
}
