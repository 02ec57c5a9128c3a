import type { Finding, Runner } from '../plan/step.ts'
import { parseRecord, runningBroker } from '../upkeep/broker-files.ts'
import { ownService, stopBroker } from '../upkeep/broker-service.ts'
import { placesAround } from '../upkeep/places.ts'

/** No broker runs, and no service starts one; where other clusters are kept fresh, it stays for those. */
export const runner: Runner<'broker.absent'> = {
  lane: 'host',
  settleMs: 0,

  async check({ want: { upkeeps, except, service } }, { ports, signal }): Promise<Finding> {
    const { files } = ports
    const slash = upkeeps.includes('\\') ? '\\' : '/'
    const kept = (await files.list(upkeeps)).filter((name) => name.endsWith('.json'))
    const others = kept.filter((name) => [upkeeps, name].join(slash) !== except)
    const places = placesAround(except)
    const record = parseRecord(await files.readText(places.brokerRecord))
    const running = await runningBroker(places, { ports, signal })
    const file = record?.file ?? (await ownService(service, ports))
    if (record === undefined && running === undefined && file === undefined) return { state: 'ready' }
    if (others.length > 0) {
      const names = others.map((name) => name.slice(0, -'.json'.length)).join(', ')
      return { state: 'ready', notes: [{ level: 'info', text: `The AWS broker stays for ${names}.` }] }
    }
    const parts = [
      ...(file === undefined ? [] : [file]),
      ...(running === undefined ? [] : [`process ${running.pid}`]),
      ...(file === undefined && running === undefined ? [places.brokerRecord] : []),
    ]
    return { state: 'drifted', changes: parts.map((field) => ({ field, effect: 'remove' })) }
  },

  async apply({ want: { except, service } }, _found, context) {
    await stopBroker(placesAround(except), context, service)
  },
}
