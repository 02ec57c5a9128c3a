import type { Asked } from './asked.ts'
import type { Refused } from './refusal.ts'
import { forwarded, strangeHost } from './refused-requests.ts'
import { toldPodAt } from './who-asks.ts'
import type { View } from './view.ts'

// What is asked of every request, whatever it is for.

/** Headers that a proxy adds (EC2 looks at the first of them). */
const proxied = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']

/** The addresses of the metadata service, of ECS and of EKS Pod Identity, as clients were told them. */
const hosts = ['169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::23', 'fd00:ec2::254']
/** EC2’s own name for the metadata service. It has no dot, so that nobody can register it. */
const metadataName = 'instance-data'

/**
 * Refuses what came through a proxy, and what was meant for another host: EKS's agent asks the latter too. A port may
 * stand there or not, since the routes of the node change it.
 */
export function refuseEntry(asked: Asked, view: View): Refused | undefined {
  const { headers, own, path } = asked
  const pod = () => toldPodAt(asked, view)
  const header = proxied.find((name) => headers[name] !== undefined)
  if (header !== undefined) return forwarded(header, pod())
  // The form in which a client asks a proxy: `GET http://host/path`.
  if (!path.startsWith('/')) return forwarded('a proxy’s request line', pod())
  const host = headers['host']
  return [...hosts, metadataName, own].includes(hostOf(host)) ? undefined : strangeHost(host, pod())
}

function hostOf(header = ''): string {
  const found = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(header)
  return found?.[1] ?? found?.[2] ?? ''
}
