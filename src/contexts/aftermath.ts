import { eksAcceptsMs } from '../aws/eks-token.ts'
import type { RemoteMarker } from '../kubeconfig/marker.ts'

/**
 * Until when credentials that were handed out before a lock stay good: nobody can call them back.
 * @param until when the protection would have come back by itself.
 * @param clock writes a time for people.
 */
export function aftermathOf(
  context: string,
  source: RemoteMarker['source'] | undefined,
  {
    nowMs,
    until,
    clock,
  }: { readonly nowMs: number; readonly until: number; readonly clock: (ms: number) => string },
): string {
  switch (source) {
    case 'eks':
      // facts kubeconfig, 8: EKS takes a token for 15 minutes, whatever its answer says.
      return `Tokens for ${context} that were handed out are good until ${clock(nowMs + eksAcceptsMs)} at the latest.`
    case 'kops':
      return `Certificates for ${context} that were handed out are good until ${clock(until)}.`
    case 'static':
    case undefined:
      return `What was handed out for ${context} is good until it ends by itself; programs ask again by ${clock(until)}.`
  }
}

/** `14:05`, in the time zone of the machine. */
export function clockTime(ms: number): string {
  const date = new Date(ms)
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}
