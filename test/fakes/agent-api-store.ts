import { EventEmitter } from 'node:events'

// What the API server of the fake holds: objects of some kinds with resource versions, and the history that watches resume from.

export interface FakeObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly resourceVersion: string
    readonly [more: string]: unknown
  }
  readonly [more: string]: unknown
}

export interface Change {
  readonly kind: Kind
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly version: number
  readonly object: FakeObject
  readonly before: FakeObject | undefined
}

export type Kind = 'pods' | 'serviceaccounts' | 'namespaces' | 'configmaps' | 'secrets'

export type Draft = Readonly<Record<string, unknown>> & {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string
    readonly namespace?: string
  }
}

/** Keeps objects by kind; every change has the next resource version and is told to those who listen. */
export class ApiStore {
  readonly changed = new EventEmitter<{ change: [Change] }>().setMaxListeners(0)
  #version = 100
  #oldest = 100
  #uids = 0
  readonly #history: Change[] = []
  readonly #objects = new Map<string, FakeObject>()

  get version(): number {
    return this.#version
  }

  /** Watches from before this version are answered with 410. */
  get oldest(): number {
    return this.#oldest
  }

  list(kind: Kind): readonly FakeObject[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${kind}/`)).map(([, object]) => object)
  }

  get(kind: Kind, namespace: string, name: string): FakeObject | undefined {
    return this.#objects.get(keyOf(kind, namespace, name))
  }

  put(kind: Kind, draft: Draft): FakeObject {
    const key = keyOf(kind, draft.metadata.namespace ?? '', draft.metadata.name)
    const before = this.#objects.get(key)
    this.#version += 1
    const uid = before?.metadata.uid ?? (draft.metadata['uid'] as string | undefined) ?? this.#nextUid()
    const object = { ...draft, metadata: { ...draft.metadata, uid, resourceVersion: String(this.#version) } }
    this.#objects.set(key, object)
    this.#tell({ kind, type: before ? 'MODIFIED' : 'ADDED', version: this.#version, object, before })
    return object
  }

  remove(kind: Kind, namespace: string, name: string): void {
    const key = keyOf(kind, namespace, name)
    const before = this.#objects.get(key)
    if (!before) return
    this.#version += 1
    this.#objects.delete(key)
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(this.#version) } }
    this.#tell({ kind, type: 'DELETED', version: this.#version, object, before })
  }

  since(kind: Kind, version: number): readonly Change[] {
    return this.#history.filter((change) => change.kind === kind && change.version > version)
  }

  /** Forgets the history, as etcd's compaction does: who resumes from before now has to list again. */
  compact(): void {
    this.#version += 1
    this.#oldest = this.#version
    this.#history.length = 0
  }

  #tell(change: Change): void {
    this.#history.push(change)
    this.changed.emit('change', change)
  }

  #nextUid(): string {
    this.#uids += 1
    return `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`
  }
}

const keyOf = (kind: Kind, namespace: string, name: string) => `${kind}/${namespace}/${name}`
