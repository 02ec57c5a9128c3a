import { setTimeout as delay } from 'node:timers/promises'

import { fields, listIn, parsedJson, textIn } from './json.ts'
import { KubeFault, TooLong, type KubeClient } from './kube-client.ts'
import type { Timings } from './timings.ts'

// One kind of object, listed and then watched for as long as the agent runs.

/** Where objects end up. Each is cut down to what is needed by `read` at once, so that nothing else stays in memory. */
export interface Watched<T> {
  /** For the log, `pods`. */
  readonly what: string
  /** `/api/v1/pods`. */
  readonly path: string
  /** `metadata.name=devk8s-aws` */
  readonly fieldSelector?: string
  /** Of a list. What a page takes up while it is read is more than all that is kept; one that is too long is read in smaller ones. */
  readonly pageSize: number
  /** Undefined for what cannot be read: it is as if it were not there. */
  read(object: unknown): T | undefined
  /** All there is: what was there before and is not in it, was deleted meanwhile. */
  replace(all: readonly T[]): void
  put(item: T): void
  drop(item: T): void
}

export interface Watch {
  /** The first list is in. */
  isListed(): boolean
  /** When the API server was last heard of. */
  seenAtMs(): number
  stop(): Promise<void>
}

interface Outside {
  readonly client: KubeClient
  readonly timings: Timings
  readonly nowMs: () => number
  readonly log: (line: string) => void
}

/** Of a page of several objects: as text and as objects it is in memory twice. */
const longestPage = 2 * 1024 * 1024
/** A watch that ends sooner is no use: the next one waits. */
const shortestMs = 500

/** Lists, then watches from there; resumes after each end; lists anew when its version is too old. Until stopped. */
export function startWatch<T>(watched: Watched<T>, outside: Outside): Watch {
  const stopping = new AbortController()
  const follower = new Follower(watched, outside, stopping.signal)
  const running = follower.run()
  return {
    isListed: () => follower.isListed,
    seenAtMs: () => follower.seenAtMs,
    async stop() {
      stopping.abort()
      await running
    },
  }
}

class Follower<T> {
  isListed = false
  seenAtMs: number
  /** Where to go on from; undefined: from a list. */
  #version: string | undefined
  #failures = 0
  #failingSinceMs: number | undefined
  readonly #watched: Watched<T>
  readonly #outside: Outside
  readonly #signal: AbortSignal

  constructor(watched: Watched<T>, outside: Outside, signal: AbortSignal) {
    this.#watched = watched
    this.#outside = outside
    this.#signal = signal
    this.seenAtMs = outside.nowMs()
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      const startedAtMs = this.#outside.nowMs()
      try {
        this.#version ??= await this.#list()
        await this.#watch(this.#version)
        this.#failures = this.#outside.nowMs() - startedAtMs < shortestMs ? this.#failures + 1 : 0
      } catch (error) {
        if (this.#signal.aborted) return
        this.#failed(error)
      }
      if (this.#failures > 0) await this.#wait()
    }
  }

  async #list(): Promise<string> {
    const items: T[] = []
    let version = ''
    let next: string | undefined = ''
    while (next !== undefined) {
      const page = fields(await this.#page(next, this.#watched.pageSize))
      const metadata = fields(page['metadata'])
      for (const object of listIn(page['items'])) {
        const item = this.#watched.read(object)
        if (item !== undefined) items.push(item)
      }
      version = textIn(metadata['resourceVersion']) ?? ''
      next = textIn(metadata['continue']) || undefined
    }
    if (version === '') throw new Error('the list has no resource version')
    this.#watched.replace(items)
    this.isListed = true
    this.#heard()
    return version
  }

  /** The API server goes on from the same place in steps of any size. */
  async #page(from: string, size: number): Promise<unknown> {
    const path = this.#path({ limit: String(size), continue: from })
    if (size === 1) return this.#outside.client.get(path)
    try {
      return await this.#outside.client.get(path, longestPage)
    } catch (error) {
      if (!(error instanceof TooLong)) throw error
      return this.#page(from, Math.ceil(size / 5))
    }
  }

  async #watch(version: string): Promise<void> {
    const { watchSeconds, graceMs } = this.#outside.timings
    // Not all at the same time.
    const seconds = Math.max(1, Math.round(watchSeconds * (0.8 + Math.random() * 0.2)))
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
      resourceVersion: version,
    }
    await this.#outside.client.lines(this.#path(query), {
      signal: this.#signal,
      deadAfterMs: seconds * 1000 + graceMs,
      onOpen: () => this.#heard(),
      onLine: (line) => this.#take(line),
    })
    this.#heard()
  }

  #take(line: string): void {
    this.#heard()
    const change = fields(parsedJson(line))
    const object = change['object']
    if (change['type'] === 'ERROR') throw statusFault(object)
    const version = textIn(fields(fields(object)['metadata'])['resourceVersion'])
    if (version === undefined) throw new Error('a watch said something that is no change')
    if (change['type'] !== 'BOOKMARK') {
      const item = this.#watched.read(object)
      if (item !== undefined) this.#apply(change['type'], item)
    }
    this.#version = version
  }

  #apply(type: unknown, item: T): void {
    if (type === 'DELETED') this.#watched.drop(item)
    else if (type === 'ADDED' || type === 'MODIFIED') this.#watched.put(item)
  }

  #heard(): void {
    this.seenAtMs = this.#outside.nowMs()
    if (this.#failingSinceMs === undefined) return
    this.#outside.log(
      `watch ${this.#watched.what}: back after ${Math.round((this.seenAtMs - this.#failingSinceMs) / 1000)} s`,
    )
    this.#failingSinceMs = undefined
  }

  #failed(error: unknown): void {
    this.#failures += 1
    if (error instanceof KubeFault && error.status === 410) {
      this.#version = undefined
      return
    }
    if (this.#failingSinceMs !== undefined) return
    this.#failingSinceMs = this.#outside.nowMs()
    this.#outside.log(`watch ${this.#watched.what}: ${wordsOf(error)}; trying again`)
  }

  async #wait(): Promise<void> {
    const { backoffFirstMs, backoffMostMs } = this.#outside.timings
    const fullMs = Math.min(backoffMostMs, backoffFirstMs * 2 ** Math.min(this.#failures - 1, 16))
    // The signal ends the wait, which is no error here.
    await delay(fullMs * (0.5 + Math.random() / 2), undefined, { signal: this.#signal }).catch(
      () => undefined,
    )
  }

  #path(query: Readonly<Record<string, string>>): string {
    const { path, fieldSelector } = this.#watched
    const all = { ...(fieldSelector ? { fieldSelector } : {}), ...query }
    const given = Object.entries(all).filter(([, value]) => value !== '')
    return `${path}?${new URLSearchParams(given).toString()}`
  }
}

function statusFault(object: unknown): KubeFault {
  const status = fields(object)
  const code = typeof status['code'] === 'number' ? status['code'] : 500
  return new KubeFault(code, 'watch', (textIn(status['message']) ?? '').slice(0, 300))
}

/** Of an error of the network, or of the API server: without a secret. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`
}
