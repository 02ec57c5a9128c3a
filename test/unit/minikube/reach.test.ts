import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { backupPath } from '../../../src/minikube/backup.ts'
import {
  certificateFileName,
  checkCertificates,
  ownCertificates,
  splitCertificates,
} from '../../../src/minikube/certificates.ts'
import { statusArgs } from '../../../src/minikube/commands.ts'
import { folderOf, profilePaths } from '../../../src/minikube/paths.ts'
import { pasteable } from '../../../src/minikube/paste.ts'
import { applyPrivateKubeconfig, isReadableKubeconfig } from '../../../src/minikube/private-kubeconfig.ts'
import { runWithProgress } from '../../../src/minikube/run-start.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { recording, replay, testWorld } from '../../steps/cluster-world.ts'

describe('a silent minikube', () => {
  test('time since the last event and the growing download are shown (recorded 137: up to 22 s)', async () => {
    let now = 0
    let wakeUp = (): void => {}
    const clock: Clock = {
      now: () => now,
      monotonic: () => now,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          wakeUp = () => {
            now += ms
            resolve()
          }
          signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
        }),
    }
    const lines = recording('137').stdout.split('\n')
    const world = await testWorld(
      {
        'minikube status': async (_command, how) => {
          for (const line of lines.slice(0, 9)) how.onLine?.(1, line)
          for (const _ of [1, 2, 3]) {
            wakeUp()
            await new Promise((resolve) => setImmediate(resolve))
            await until(() => world.progress.at(-1)?.message?.includes(`(${now / 1000} s)`) === true)
          }
          return replay('137')
        },
      },
      { clock },
    )
    await world.put('cache/kic/amd64/stable_v0.0.50.tar.download', 'x'.repeat(1000))
    await world.put('cache/images/amd64/ignored.download', 'x')
    const ran = await runWithProgress(world.ref, statusArgs(world.ref), 1000, world.context)
    expect(ran.exitCode).toBe(48)
    expect(world.progress).toContainEqual({
      message: 'Pulling base image v0.0.50 ... (6 s)',
      fraction: 0.1,
      bytes: 1000,
    })
  })
})

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('private kubeconfig', () => {
  test.each([
    ['', true],
    ['# nothing yet\n', true],
    ['apiVersion: v1\nkind: Config\nclusters: null\ncontexts: []\nusers: []\n', true],
    ['apiVersion: v1\nclusters:\n- cluster: {: :\n', false],
    ['- a\n- b\n', false],
    ['clusters: yes\n', false],
  ])('%j is readable: %s', (text, readable) => {
    expect(isReadableKubeconfig(text)).toBe(readable)
  })

  test('its folder is made for the owner alone, and a sound file stays', async () => {
    const root = await mkdtemp(join(tmpdir(), 'devk8s-private-'))
    const ref = {
      program: 'minikube',
      home: root,
      kubeconfig: join(root, 'a', 'b', 'devk8s'),
      profile: 'devk8s',
    }
    expect(await applyPrivateKubeconfig(realFiles(), ref)).toBeUndefined()
    expect(((await stat(join(root, 'a', 'b'))).mode & 0o077) === 0 || process.platform === 'win32').toBe(true)
    await realFiles().write(ref.kubeconfig, 'clusters: []\n')
    expect(await applyPrivateKubeconfig(realFiles(), ref)).toBeUndefined()
    expect(await readFile(ref.kubeconfig, 'utf8')).toBe('clusters: []\n')
  })
})

const block = (body: string): string => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`

describe('certificates', () => {
  test('one file each, without what stands around them or a key', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nk\n-----END PRIVATE KEY-----\n'
    expect(splitCertificates(`subject=x\n${block('a')}${key}${block('b').replaceAll('\n', '\r\n')}`)).toEqual(
      [block('a'), block('b')],
    )
    expect(splitCertificates('none')).toEqual([])
  })

  test('files of one base name do not collide, and one certificate in two files is one', async () => {
    const world = await testWorld({})
    const { files, hashing } = world.context.ports
    await world.put('corp-1/ca.pem', block('a'))
    await world.put('corp-2/ca.pem', block('b') + block('a'))
    const sources = ['corp-1/ca.pem', 'corp-2/ca.pem'].map((path) => join(world.home, path))
    const differing = await checkCertificates(world.ref, sources, { files, hashing })
    expect(differing.map(({ content }) => content)).toEqual([block('a'), block('b')])
    expect(differing.map(({ path }) => path)).toEqual(
      [block('a'), block('b')].map((content) =>
        join(world.home, 'certs', certificateFileName('devk8s', content, hashing)),
      ),
    )
    for (const { path, content } of differing) await world.put(relative(world.home, path), content)
    expect(await checkCertificates(world.ref, sources, { files, hashing })).toEqual([])
  })

  test('only files of this very profile are its own', async () => {
    const world = await testWorld({})
    const { files, hashing } = world.context.ports
    const own = certificateFileName('devk8s', 'x', hashing)
    for (const name of [own, certificateFileName('devk8s-b', 'x', hashing), 'ca.pem', 'devk8s-corp.pem']) {
      await world.put(`certs/${name}`, 'x')
    }
    expect(await ownCertificates(world.ref, files)).toEqual([join(world.home, 'certs', own)])
  })
})

test.each([
  ['/home/dev/.local/share/devk8s/minikube', '/home/dev/.local/share/devk8s/minikube ip'],
  ['/Users/A Person/minikube', '"/Users/A Person/minikube" ip'],
  ['C:\\tools\\minikube.exe', 'C:\\tools\\minikube.exe ip'],
])('a command to paste: %s', (program, line) => {
  expect(pasteable({ program }, 'ip')).toBe(line)
})

test('paths keep the separators of the folder they are in', () => {
  const windows = profilePaths({ home: 'C:\\Users\\dev\\.minikube', profile: 'devk8s' })
  expect(windows.profileConfig).toBe('C:\\Users\\dev\\.minikube\\profiles\\devk8s\\config.json')
  expect(profilePaths({ home: '/h/.minikube', profile: 'x' }).lastStartLog).toBe(
    '/h/.minikube/logs/lastStart.txt',
  )
  expect([folderOf('/a/b'), folderOf('C:\\a\\b'), folderOf('b')]).toEqual(['/a', 'C:\\a', 'b'])
  const ref = { program: 'm', home: 'C:\\h', kubeconfig: 'C:\\d\\kubeconfig\\devk8s', profile: 'devk8s' }
  expect(backupPath(ref, 'machine')).toBe('C:\\d\\kubeconfig\\devk8s.machine.json')
})
