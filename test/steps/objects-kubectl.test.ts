import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realExec } from '../../src/adapters/exec.ts'
import { realHashing } from '../../src/adapters/hash.ts'
import { parseManifests } from '../../src/kube/manifests.ts'
import { stampObjects } from '../../src/kube/objects.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Step } from '../../src/plan/step.ts'
import type { Command } from '../../src/ports/exec.ts'
import { serveKubeApi } from '../../src/simulator/kube-api/server.ts'
import { emptyStore } from '../../src/simulator/kube-api/store.ts'
import { runner } from '../../src/steps/objects-applied.ts'
import { lab, verbOf } from './objects-lab.ts'

const program = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((place) => join(place, process.platform === 'win32' ? 'kubectl.exe' : 'kubectl'))
  .find((place) => existsSync(place))

const shipped = ['sample/sample.yaml', 'registry-creds/secrets.yaml'].flatMap((path) => {
  const parsed = parseManifests(
    readFileSync(new URL(`../../manifests/${path}`, import.meta.url), 'utf8'),
    path,
  )
  return 'objects' in parsed ? parsed.objects : []
})

async function cluster() {
  const server = await serveKubeApi({ store: emptyStore(Date.now()), now: () => Date.now() })
  const home = await mkdtemp(join(tmpdir(), 'devk8s-kubectl-'))
  const kubeconfig = join(home, 'config')
  await writeFile(
    kubeconfig,
    `apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: "${server.url}"}}]\n` +
      'users: [{name: u, user: {}}]\ncontexts: [{name: devk8s, context: {cluster: c, user: u}}]\n',
  )
  const made = await lab()
  const exec = realExec({ env: { PATH: process.env['PATH'], HOME: home } })
  const commands: Command[] = []
  const run = (command: Command, how: Parameters<typeof exec.run>[1]) => {
    commands.push(command)
    return exec.run(command, how)
  }
  const context = { ...made.context, ports: { ...made.ports, exec: { ...exec, run } } }
  const step = (objects: readonly KubeObject[]): Step<'objects.applied'> => ({
    id: 'objects',
    kind: 'objects.applied',
    title: 'Objects',
    needs: [],
    want: {
      kubectl: { program: program!, kubeconfig, context: 'devk8s' },
      objects: stampObjects(objects, realHashing()),
    },
  })
  return { server, context, step, commands, forget: made.forget }
}

describe.skipIf(program === undefined)('with a real kubectl (skipped when none is on PATH)', () => {
  test('the shipped manifests: absent, applied, ready; again: one call that looks', async () => {
    const { server, context, step, commands, forget } = await cluster()
    try {
      const found = await runner.check(step(shipped), context)
      expect(found).toMatchObject({ state: 'absent' })
      expect(found.state === 'absent' && found.changes).toHaveLength(8)
      await runner.apply(step(shipped), found, context)
      forget()
      commands.length = 0
      expect(await runner.check(step(shipped), context)).toMatchObject({
        state: 'ready',
        detail: { objects: 8 },
      })
      expect(commands.map((command) => verbOf(command)[0])).toEqual(['get'])
    } finally {
      await server.close()
    }
  })

  test('a kind that the server does not know is left out of the question, and DK4009 when applied', async () => {
    const { server, context, step, commands } = await cluster()
    const gadget = { apiVersion: 'example.dev/v1', kind: 'Gadget', metadata: { name: 'g' } }
    try {
      const found = await runner.check(step([gadget]), context)
      expect(found).toEqual({ state: 'absent', changes: [{ field: 'Gadget g', effect: 'create' }] })
      expect(commands).toHaveLength(2)
      await expect(runner.apply(step([gadget]), found, context)).rejects.toMatchObject({
        problems: [{ code: 'DK4009' }],
      })
    } finally {
      await server.close()
    }
  })

  test('a field that another program took is a conflict with its name', async () => {
    const { server, context, step } = await cluster()
    const map = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'default' },
      data: { a: value },
    })
    try {
      await runner.apply(step([map('1')]), { state: 'absent', changes: [] }, context)
      const { kubectl } = step([]).want
      const args = [
        '--kubeconfig',
        kubectl.kubeconfig,
        '--context',
        'devk8s',
        'patch',
        'configmap',
        'a',
        '--type=merge',
        '-p',
        '{"data":{"a":"x"}}',
      ]
      const edited = await context.ports.exec.run(
        { tool: 'kubectl', program: program!, args: [...args, '--field-manager=helm'], changes: true },
        { timeoutMs: 20_000, signal: context.signal },
      )
      expect(edited.exitCode).toBe(0)
      await expect(
        runner.apply(step([map('2')]), { state: 'drifted', changes: [] }, context),
      ).rejects.toMatchObject({
        problems: [
          {
            code: 'DK4007',
            detail: expect.stringContaining('.data.a of an object in the cluster is managed by "helm".'),
          },
        ],
      })
    } finally {
      await server.close()
    }
  })
})
