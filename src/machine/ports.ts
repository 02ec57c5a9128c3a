import type { Finding, ResolvedCluster } from '../plan/step.ts'
import type { HostFacts } from '../ports/host.ts'
import { portTaken } from '../problems/host.ts'
import { fits, unfit } from './verdict.ts'

type Port = ResolvedCluster['ports'][number]

/** Ports of the node that are to be published here; `taken` are those where nothing could listen now. */
export function checkPorts(
  ports: readonly Port[],
  taken: readonly Port[],
  platform: HostFacts['platform'],
): Finding {
  const detail = { published: ports.map(renderPort), taken: taken.map(renderPort) }
  const [first] = taken
  if (first === undefined) return fits(detail)
  const names = taken.map(renderPort).join(', ')
  const found = `Another program listens on ${names}, which the profile publishes.`
  return unfit(portTaken, { detail: found, next: listenerCommands(first.host, platform) }, detail)
}

function renderPort({ address, host }: Port): string {
  return address === '' ? String(host) : `${address}:${host}`
}

function listenerCommands(port: number, platform: HostFacts['platform']): readonly string[] {
  switch (platform) {
    case 'darwin':
      return [`sudo lsof -nP -iTCP:${port} -sTCP:LISTEN`]
    case 'linux':
      return [`sudo ss -ltnp "sport = :${port}"`]
    case 'win32':
      return [`Get-Process -Id (Get-NetTCPConnection -LocalPort ${port} -State Listen).OwningProcess`]
  }
}
