// A process of its own that changes a kubeconfig as devk8s does, for tests with many of them.
// Bundled by `bundleWriter`. Arguments: what to do, the file, its backups, a number or name.
import { hostname } from 'node:os'
import { realClock } from '../../src/adapters/clock.ts'
import { isAlive } from '../../src/adapters/alive.ts'
import { realFiles } from '../../src/adapters/files.ts'
import { withCurrent } from '../../src/kubeconfig/current.ts'
import { changeKubeconfig } from '../../src/kubeconfig/transaction.ts'

const [what = '', path = '', backups = '', value = ''] = process.argv.slice(2)
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort(signal))
const owner = { pid: process.pid, machine: hostname(), isAlive }
const change = (edit: (text: string) => string | Promise<string>, insist = false) =>
  changeKubeconfig(realFiles(), realClock(), { path, backups, insist }, edit, stop.signal, owner)

switch (what) {
  case 'put': {
    const { editKubeconfig } = await import('../../src/kubeconfig/edit.ts')
    const edit = {
      kind: 'put',
      section: 'contexts',
      name: value,
      fields: { cluster: 'c', user: 'u' },
    } as const
    await change((text) => editKubeconfig(text, [edit], path), true)
    break
  }
  case 'switch': {
    // As many writes as told, each of another current context, and without end for 0.
    const most = value === '0' ? Infinity : Number(value)
    for (let count = 1; count <= most; count += 1) {
      await change((text) => withCurrent(text, `ctx-${count % 2 === 0 ? 'even' : 'odd'}-${count}`, path))
      if (count === 1) process.stdout.write('writing\n')
    }
    break
  }
  case 'hold': {
    // Until it is told to stop, inside the lock.
    const edit = async (text: string) => {
      process.stdout.write('inside\n')
      await realClock().sleep(60_000, stop.signal)
      return text
    }
    await changeKubeconfig(realFiles(), realClock(), { path, looked: true }, edit, stop.signal, owner).catch(
      (reason: unknown) => process.stdout.write(`stopped by ${String(reason)}\n`),
    )
    break
  }
}
