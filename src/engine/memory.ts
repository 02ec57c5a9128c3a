/** Reads of one run, shared between its steps. */
export interface Memory {
  once<T>(key: string, read: () => Promise<T>): Promise<T>
  /** A read that is under way keeps its waiters, and is not given to anyone who asks from now on. */
  forget(): void
}

/** An empty memory. A read that failed is not kept: the next asker reads again. */
export function createMemory(): Memory {
  let values = new Map<string, Promise<unknown>>()
  return {
    once<T>(key: string, read: () => Promise<T>): Promise<T> {
      const held = values
      const known = held.get(key)
      if (known !== undefined) return known as Promise<T>
      const value = read()
      held.set(key, value)
      value.catch(() => {
        if (held.get(key) === value) held.delete(key)
      })
      return value
    },
    forget() {
      values = new Map()
    },
  }
}
