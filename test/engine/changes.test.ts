import { expect, test } from 'vitest'
import { beforeChanges, type ToldChange } from '../../src/engine/changes.ts'
import type { Ports } from '../../src/ports/ports.ts'

test('whatever may change something is told before it is done, and reading is not', async () => {
  const done: string[] = []
  const any = (name: string) => async () => void done.push(name)
  const files = new Proxy({}, { get: (_target, name) => any(String(name)) })
  const exec = { run: any('run'), find: any('find') }
  const told: ToldChange[] = []
  const ports = beforeChanges({ files, exec } as unknown as Ports, (change) => told.push(change))
  const how = { timeoutMs: 1, signal: new AbortController().signal }
  const command = { tool: 'kubectl', program: 'kubectl', args: ['get', 'pods'] } as const
  await ports.exec.run({ ...command, changes: false }, how)
  await ports.exec.find('docker')
  await ports.files.readText('/a')
  await ports.files.list('/a')
  expect(told).toEqual([])
  await ports.exec.run({ ...command, args: ['apply'], changes: true }, how)
  await ports.files.write('/a', '')
  await ports.files.createExclusive('/a.lock', '')
  await ports.files.append('/a', '')
  await ports.files.openWriter('/a', { append: false })
  await ports.files.rename('/a', '/b')
  await ports.files.link('/a', '/b')
  await ports.files.syncFolder('/')
  await ports.files.makeFolder('/f')
  await ports.files.chmod('/a', 0o600)
  await ports.files.remove('/a')
  expect(told).toHaveLength(11)
  expect(told[0]).toEqual({ what: 'kubectl apply' })
  expect(told.filter(({ isFolder }) => isFolder)).toEqual([{ what: 'create /f', path: '/f', isFolder: true }])
  expect(done).toHaveLength(15)
})
