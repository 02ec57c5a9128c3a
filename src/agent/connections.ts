import type { Socket } from 'node:net'
import { quotaOf, type Asker } from './fairness.ts'

// Open connections: so many for each asker, one request at a time on each.

export interface Connections {
  /** Counts a new one, and ends another or this one when there are too many. */
  admit(socket: Socket, asker: Asker): void
  /**
   * Does `what` when all requests before it on this connection are answered. A connection that sends many without waiting
   * for an answer is ended.
   */
  inTurn(socket: Socket, what: () => Promise<void>): void
}

interface Open {
  readonly asker: Asker
  /** Requests that are not answered yet. */
  waiting: number
  last: Promise<void>
}

async function after(before: Promise<void>, what: () => Promise<void>): Promise<void> {
  await before
  await what()
}

/** Over all askers. */
const mostOpen = 1_024
const headEnd = '\r\n\r\n'
/** Requests that a connection may send ahead; no SDK sends any. */
const mostAhead = 8

function hasManyHeads(read: Buffer): boolean {
  let heads = 0
  for (let at = read.indexOf(headEnd); at >= 0; at = read.indexOf(headEnd, at + headEnd.length)) {
    heads += 1
    if (heads > mostAhead) return true
  }
  return false
}

export function createConnections(): Connections {
  const open = new Map<Socket, Open>()
  const ofAsker = new Map<Asker, Set<Socket>>()
  /** The oldest without a request: its client opens another when it needs one. */
  const idle = (asker: Asker) => [...(ofAsker.get(asker) ?? [])].find((each) => open.get(each)?.waiting === 0)
  const leave = (socket: Socket) => {
    const asker = open.get(socket)?.asker
    if (asker === undefined) return
    open.delete(socket)
    const left = ofAsker.get(asker)
    left?.delete(socket)
    if (left?.size === 0) ofAsker.delete(asker)
  }
  const end = (socket: Socket) => {
    leave(socket)
    socket.destroy()
  }
  const largest = (first: Asker) => {
    let found = first
    for (const [asker, all] of ofAsker) if (all.size > (ofAsker.get(found)?.size ?? 0)) found = asker
    return found
  }
  /** Also one with a request: whoever has less must not pay for who has most. */
  const giveUp = (asker: Asker) => {
    const [oldest] = ofAsker.get(asker) ?? []
    const socket = idle(asker) ?? oldest
    if (socket !== undefined) end(socket)
  }
  return {
    admit(socket, asker) {
      const all = ofAsker.get(asker) ?? new Set()
      open.set(socket, { asker, waiting: 0, last: Promise.resolve() })
      ofAsker.set(asker, all.add(socket))
      socket.once('close', () => leave(socket))
      // Before the parser, which makes objects of some kilobytes for each of a thousand requests that one read may hold.
      socket.prependListener('data', (read: Buffer) => {
        if (!hasManyHeads(read)) return
        read.fill(0)
        end(socket)
      })
      if (all.size > quotaOf(asker).connections) end(idle(asker) ?? socket)
      else if (open.size > mostOpen) giveUp(largest(asker))
    },
    inTurn(socket, what) {
      const state = open.get(socket)
      if (state === undefined) return
      state.waiting += 1
      if (state.waiting > mostAhead) return end(socket)
      state.last = after(state.last, async () => {
        if (open.has(socket)) await what()
        state.waiting -= 1
      })
    },
  }
}
