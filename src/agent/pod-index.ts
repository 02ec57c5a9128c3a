import { addressesSince, type OwnPod } from './node-start.ts'
import type { KnownPod } from './objects.ts'
import type { PodView } from './view.ts'

/**
 * Pods by uid and by address. An address is that of the pod which took it last, and is not over: it may go from one to
 * the next before the API server has told of the end of the first. Pods on the node's network all have its address; any
 * pod with one of its own goes before them.
 */
export class PodIndex {
  readonly #pods = new Map<string, KnownPod>()
  /** Uids in the order in which they took the address. */
  readonly #addresses = new Map<string, readonly string[]>()
  readonly #own: OwnPod
  readonly #nowMs: () => number

  constructor(own: OwnPod, nowMs: () => number) {
    this.#own = own
    this.#nowMs = nowMs
  }

  byUid(uid: string): PodView | undefined {
    const pod = this.#pods.get(uid)
    return pod && this.#isOfBefore(pod) ? { ...pod.view, addresses: [] } : pod?.view
  }

  byAddress(address: string): PodView | 'node' | undefined {
    const pods = (this.#addresses.get(address) ?? []).map((uid) => this.#pods.get(uid))
    const living = pods.filter((pod) => pod !== undefined && !pod.view.isOver) as readonly KnownPod[]
    const own = living.filter(({ view }) => !view.hostNetwork)
    if (own.length === 0) return living.length > 1 ? 'node' : living[0]?.view
    const told = own.filter((pod) => !this.#isOfBefore(pod))
    const owner = told.findLast(({ isEnding }) => !isEnding) ?? told.at(-1)
    return owner?.isEnding && this.#isAnyUntold() ? undefined : owner?.view
  }

  replace(all: readonly KnownPod[]): void {
    const uids = new Set(all.map(({ view }) => view.uid))
    for (const pod of this.#pods.values()) if (!uids.has(pod.view.uid)) this.drop(pod)
    // A list has no order: of two with one address, the one that started later took it later.
    all.toSorted((a, b) => startOf(a) - startOf(b)).forEach((pod) => this.put(pod))
  }

  put(pod: KnownPod): void {
    const { uid, addresses } = pod.view
    const before = this.#pods.get(uid)?.view.addresses ?? []
    this.#pods.set(uid, pod)
    for (const address of before) if (!addresses.includes(address)) this.#leave(address, uid)
    for (const address of addresses)
      if (!before.includes(address))
        this.#addresses.set(address, [...(this.#addresses.get(address) ?? []), uid])
  }

  drop({ view: { uid } }: KnownPod): void {
    for (const address of this.#pods.get(uid)?.view.addresses ?? []) this.#leave(address, uid)
    this.#pods.delete(uid)
  }

  /** Its address is not known, or no longer. */
  #isUntold(pod: KnownPod): boolean {
    const { isOver, hostNetwork, addresses } = pod.view
    return !isOver && !hostNetwork && !pod.isEnding && (addresses.length === 0 || this.#isOfBefore(pod))
  }

  #isAnyUntold(): boolean {
    return [...this.#pods.values()].some((pod) => this.#isUntold(pod))
  }

  #isOfBefore({ view, startedAtMs }: KnownPod): boolean {
    const { uid } = this.#own
    const since = addressesSince(
      this.#own,
      uid === undefined ? undefined : this.#pods.get(uid),
      this.#nowMs(),
    )
    return !view.hostNetwork && (startedAtMs ?? 0) < since
  }

  #leave(address: string, uid: string): void {
    const left = (this.#addresses.get(address) ?? []).filter((each) => each !== uid)
    if (left.length === 0) this.#addresses.delete(address)
    else this.#addresses.set(address, left)
  }
}

/** Without a container that runs it has only just got its address. */
const startOf = ({ startedAtMs }: KnownPod): number => startedAtMs ?? Number.MAX_VALUE
