import { connect } from 'node:net'
import { cartAddress, nodeAddress } from './world.ts'

/** Sends bytes as they are and reads until the other end closes; `end` says whether this end closes first. */
export function sendRaw(
  port: number,
  bytes: string | Uint8Array,
  end: 'keep' | 'end' | 'destroy' = 'end',
  from: string = cartAddress,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: nodeAddress, localAddress: from })
    let got = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => (got += chunk))
    // The other end may close in the middle of what it is sent.
    socket.on('error', () => {})
    socket.once('close', () => {
      resolve(got)
    })
    socket.once('connect', () => {
      if (end === 'end') socket.end(bytes)
      else
        socket.write(bytes, () => {
          if (end === 'destroy') socket.destroy()
        })
    })
  })
}
