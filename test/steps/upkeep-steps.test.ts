import { chmod, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Step } from '../../src/plan/step.ts'
import type { Command } from '../../src/ports/exec.ts'
import { runner as brokerAbsent } from '../../src/steps/broker-absent.ts'
import { runner as keysAbsent } from '../../src/steps/aws-keys-absent.ts'
import { runner as recorded } from '../../src/steps/upkeep-recorded.ts'
import { renderUnit } from '../../src/upkeep/broker-units.ts'
import { awsPlaces, fileIn } from '../../src/upkeep/places.ts'
import { parseSecretTable } from '../../src/upkeep/removal.ts'
import { parseUpkeep, renderUpkeep } from '../../src/upkeep/upkeep-file.ts'
import { upkeepOf } from '../unit/upkeep/keeping-lab.ts'
import { ended, lab, verbOf } from './objects-lab.ts'

async function world(kubectl?: (command: Command) => ReturnType<typeof ended>) {
  const state = await mkdtemp(join(tmpdir(), 'devk8s-upkeep-step-'))
  const places = awsPlaces({ state }, 'linux')
  const file = fileIn(places.upkeeps, 'devk8s')
  const kubeconfig = join(state, 'data/kubeconfig/devk8s')
  const minikube = { program: '/opt/minikube', home: join(state, 'minikube'), kubeconfig, profile: 'devk8s' }
  await mkdir(dirname(kubeconfig), { recursive: true })
  await writeFile(`${kubeconfig}.made.json`, '{"driver":"docker"}')
  const made = await lab(kubectl === undefined ? {} : { kubectl })
  return { ...made, places, file, minikube, upkeep: upkeepOf() }
}

const write = async (path: string, text: string) => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

describe('upkeep.recorded', () => {
  const step = (path: string, upkeep = upkeepOf()): Step<'upkeep.recorded'> => ({
    id: 'upkeep',
    kind: 'upkeep.recorded',
    title: 'What is kept fresh from AWS',
    want: { path, upkeep },
    needs: [],
  })

  test('is written for its owner alone, and written again when the profile says other things', async () => {
    const { file, context } = await world()
    const found = await recorded.check(step(file), context)
    expect(found).toEqual({ state: 'absent', changes: [{ field: file, effect: 'create' }] })
    await recorded.apply(step(file), found, context)
    expect(await recorded.check(step(file), context)).toEqual({ state: 'ready' })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700)
    const changed = { ...upkeepOf(), team: 'other' }
    expect(await recorded.check(step(file, changed), context)).toEqual({
      state: 'drifted',
      changes: [{ field: file, effect: 'in-place' }],
    })
  })

  test('one that others may read is closed', async () => {
    const { file, context } = await world()
    await write(file, renderUpkeep(upkeepOf()))
    await chmod(file, 0o644)
    const found = await recorded.check(step(file), context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: `${file} mode`, from: '644', to: '600' }],
    })
    await recorded.apply(step(file), found, context)
    expect(await recorded.check(step(file), context)).toEqual({ state: 'ready' })
  })
})

describe('registry-creds without a broker', () => {
  const images = { mode: 'addon', why: 'the profile says so', registries: [] } as const
  const step = (path: string): Step<'upkeep.recorded'> => ({
    id: 'upkeep',
    kind: 'upkeep.recorded',
    title: 'What is kept fresh from AWS',
    want: { path, upkeep: { ...upkeepOf(), images } },
    needs: [],
  })

  test('is warned of by whoever has insisted on it', async () => {
    const { file, context } = await world()
    const before = await recorded.check(step(file), context)
    await recorded.apply(step(file), before, context)
    const after = await recorded.check(step(file), context)
    expect(after.state).toBe('ready')
    for (const { notes = [] } of [before, after])
      expect(notes).toEqual([
        { level: 'warning', text: expect.stringMatching(/registry-creds .* no broker runs.*broker start/) },
      ])
  })
})

const table = `NAMESPACE     NAME                 TYPE                             DATA   AGE
default       aws-credentials      Opaque                           5      3h
default       awsecr-cred          kubernetes.io/dockerconfigjson   1      3h
kube-system   registry-creds-ecr   Opaque                           6      3h
shop          web-config           Opaque                           1      3h
`

const policy = {
  apiVersion: 'admissionregistration.k8s.io/v1beta1',
  kind: 'MutatingAdmissionPolicy',
  metadata: { name: 'devk8s-aws-keys' },
}

describe('aws-keys.absent', () => {
  const stepOf = ({ minikube, file }: Awaited<ReturnType<typeof world>>): Step<'aws-keys.absent'> => ({
    id: 'aws-keys',
    kind: 'aws-keys.absent',
    title: 'No AWS keys in the cluster',
    want: { kubectl: upkeepOf().kubectl, minikube, upkeep: file },
    needs: [],
  })

  test('deletes what is ours in one call, and nobody renews it any more', async () => {
    let isDeleted = false
    const kubectl = (command: Command) => {
      if (verbOf(command)[0] === 'delete') isDeleted = true
      if (verbOf(command)[1]?.startsWith('MutatingAdmissionPolicy') === true)
        return ended(0, JSON.stringify({ items: isDeleted ? [] : [policy] }))
      return ended(0, verbOf(command)[1] === 'secrets' && !isDeleted ? table : '')
    }
    const made = await world(kubectl)
    await write(made.file, renderUpkeep(made.upkeep))
    await write(fileIn(made.places.standings, 'devk8s'), '{}')
    const found = await keysAbsent.check(stepOf(made), made.context)
    expect(found).toEqual({
      state: 'drifted',
      changes: [
        { field: made.file, effect: 'remove' },
        { field: 'Secret default/aws-credentials', effect: 'remove' },
        { field: 'Secret default/awsecr-cred', effect: 'remove' },
        { field: 'Secret kube-system/registry-creds-ecr', effect: 'remove' },
        { field: 'MutatingAdmissionPolicy devk8s-aws-keys', effect: 'remove' },
      ],
    })
    await keysAbsent.apply(stepOf(made), found, made.context)
    expect(await keysAbsent.check(stepOf(made), made.context)).toEqual({ state: 'ready' })
    const [get] = made.commands
    expect(get === undefined ? [] : verbOf(get)).toEqual([
      'get',
      'secrets',
      '-A',
      '-l',
      'devk8s.dev/upkeep=true',
    ])
    const deleted = made.commands.filter((command) => verbOf(command)[0] === 'delete')
    const items = deleted.flatMap(
      ({ stdin }) => (JSON.parse(String(stdin)) as { items: { metadata: { name: string } }[] }).items,
    )
    expect(items.map(({ metadata }) => metadata.name)).toEqual([
      'aws-credentials',
      'awsecr-cred',
      'registry-creds-ecr',
      'devk8s-aws-keys',
    ])
    await expect(stat(fileIn(made.places.standings, 'devk8s'))).rejects.toThrow('ENOENT')
  })

  test('in a cluster that goes on only what is named goes, from the record too', async () => {
    let isDeleted = false
    const made = await world((command) => {
      if (verbOf(command)[0] === 'delete') isDeleted = true
      return ended(0, verbOf(command)[1] === 'secrets' && !isDeleted ? table : '')
    })
    const images = { mode: 'secret', why: 'the profile says so', registries: [] } as const
    const pods = { namespaces: ['shop'], serviceAccounts: [], roles: {} }
    await write(made.file, renderUpkeep({ ...made.upkeep, images, pods }))
    const step = stepOf(made)
    const partly = { ...step, want: { ...step.want, parts: ['pods'] as const } }
    const found = await keysAbsent.check(partly, made.context)
    expect(found).toEqual({
      state: 'drifted',
      changes: [{ field: 'Secret default/aws-credentials', effect: 'remove' }],
    })
    await keysAbsent.apply(partly, found, made.context)
    expect(await keysAbsent.check(partly, made.context)).toEqual({ state: 'ready' })
    const parsed = parseUpkeep(await readFile(made.file, 'utf8'))
    const left = 'upkeep' in parsed ? parsed.upkeep : undefined
    expect([left?.images, left?.pods]).toEqual([images, undefined])
    expect(made.commands.flatMap(verbOf).filter((word) => word.startsWith('MutatingAdmission'))).toEqual([])
  })

  test('what the profile asks for no more must go: a failure is one, and is tried again', async () => {
    const made = await world((command) =>
      verbOf(command)[0] === 'get'
        ? ended(0, verbOf(command)[1] === 'secrets' ? table : '')
        : ended(1, '', 'Error from server (Forbidden): secrets "aws-credentials" is forbidden\n'),
    )
    await write(made.file, renderUpkeep(made.upkeep))
    const step = stepOf(made)
    const whole = { ...step, want: { ...step.want, parts: ['policies', 'images'] as const } }
    const found = await keysAbsent.check(whole, made.context)
    await expect(keysAbsent.apply(whole, found, made.context)).rejects.toThrow('forbidden')
    expect(await readFile(made.file, 'utf8')).toBe(renderUpkeep(made.upkeep))
    const silent = await world(() =>
      ended(
        1,
        '',
        'The connection to the server h:1 was refused - did you specify the right host or port?\n',
      ),
    )
    await write(silent.file, renderUpkeep(silent.upkeep))
    const other = stepOf(silent)
    expect(
      await keysAbsent.check({ ...other, want: { ...other.want, parts: ['images'] } }, silent.context),
    ).toMatchObject({ state: 'blocked' })
  })

  test('has nothing to do, and asks nobody, where nothing was kept fresh', async () => {
    const made = await world()
    expect(await keysAbsent.check(stepOf(made), made.context)).toEqual({ state: 'ready' })
    expect(made.commands).toEqual([])
  })

  test('never stands in the way of stopping: a cluster that cannot be asked is ready with a word', async () => {
    const refused =
      'The connection to the server 192.168.49.2:8443 was refused - did you specify the right host or port?\n'
    const made = await world(() => ended(1, '', refused))
    await write(made.file, renderUpkeep(made.upkeep))
    const found = await keysAbsent.check(stepOf(made), made.context)
    expect(found).toMatchObject({ state: 'ready', notes: [{ level: 'info' }] })
    // Whoever stops it again when it runs finds it.
    expect(await readFile(made.file, 'utf8')).toBe(renderUpkeep(made.upkeep))
  })

  test('keys that cannot be removed are told, and renewed no more', async () => {
    const made = await world((command) =>
      verbOf(command)[0] === 'get'
        ? ended(0, verbOf(command)[1] === 'secrets' ? table : '')
        : ended(1, '', 'Error from server (Forbidden): secrets "aws-credentials" is forbidden\n'),
    )
    await write(made.file, renderUpkeep(made.upkeep))
    const found = await keysAbsent.check(stepOf(made), made.context)
    await keysAbsent.apply(stepOf(made), found, made.context)
    expect(made.messages).toEqual([expect.stringContaining('AWS keys may be left in the cluster (DK4005)')])
    // The record stays, for whoever tries again, and says that nothing is renewed by it.
    expect(JSON.parse(await readFile(made.file, 'utf8'))).toMatchObject({ isEnding: true })
    expect((await keysAbsent.check(stepOf(made), made.context)).state).toBe('drifted')
  })

  test('leaves a cluster alone that somebody else made under that name', async () => {
    const made = await world()
    await writeFile(`${made.minikube.kubeconfig}.made.json`, '{"driver":"docker","nodeKey":"ssh-rsa ours"}')
    await write(join(made.minikube.home, 'machines/devk8s/id_rsa.pub'), 'ssh-rsa theirs')
    await write(made.file, renderUpkeep(made.upkeep))
    const found = await keysAbsent.check(stepOf(made), made.context)
    expect(found).toEqual({ state: 'drifted', changes: [{ field: made.file, effect: 'remove' }] })
    await keysAbsent.apply(stepOf(made), found, made.context)
    expect(made.commands).toEqual([])
    expect(await keysAbsent.check(stepOf(made), made.context)).toEqual({ state: 'ready' })
  })

  test.each([
    ['', []],
    ['No resources found\n', []],
    [
      table.replaceAll('\n', '\r\n'),
      ['default/aws-credentials', 'default/awsecr-cred', 'kube-system/registry-creds-ecr'],
    ],
  ])('a table is read by its first two columns', (text, expected) => {
    expect(parseSecretTable(text).map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(expected)
  })
})

describe('broker.absent', () => {
  const stepOf = ({ places, file }: Awaited<ReturnType<typeof world>>): Step<'broker.absent'> => ({
    id: 'broker',
    kind: 'broker.absent',
    title: 'No AWS broker',
    want: { upkeeps: places.upkeeps, except: file },
    needs: [],
  })

  test('takes service and record away', async () => {
    const made = await world(() => ended(0, ''))
    const unit = join(made.home, 'devk8s-broker.service')
    await write(unit, '[Unit]\n')
    await write(made.places.brokerRecord, JSON.stringify({ by: 'systemd', file: unit, hash: '' }))
    const found = await brokerAbsent.check(stepOf(made), made.context)
    expect(found).toEqual({ state: 'drifted', changes: [{ field: unit, effect: 'remove' }] })
    await brokerAbsent.apply(stepOf(made), found, made.context)
    expect(await brokerAbsent.check(stepOf(made), made.context)).toEqual({ state: 'ready' })
    await expect(stat(unit)).rejects.toThrow('ENOENT')
  })

  test('stays for other clusters', async () => {
    const made = await world()
    await write(made.places.brokerRecord, JSON.stringify({ by: 'process', hash: '' }))
    await write(fileIn(made.places.upkeeps, 'other'), renderUpkeep(upkeepOf('other')))
    expect(await brokerAbsent.check(stepOf(made), made.context)).toEqual({
      state: 'ready',
      notes: [{ level: 'info', text: 'The AWS broker stays for other.' }],
    })
  })

  test('takes a service away that only its place tells of', async () => {
    const made = await world(() => ended(0, ''))
    const file = join(made.home, 'devk8s-broker.service')
    const service = { file, launcher: '/data/bin/devk8s' }
    const step = { ...stepOf(made), want: { ...stepOf(made).want, service } }
    expect(await brokerAbsent.check(step, made.context)).toEqual({ state: 'ready' })
    // The file is the person's: of another devk8s' broker it is nobody else's to take away.
    await write(file, renderUnit({ launcher: '/other/bin/devk8s', environment: {} }))
    expect(await brokerAbsent.check(step, made.context)).toEqual({ state: 'ready' })
    await brokerAbsent.apply(step, { state: 'ready' }, made.context)
    expect((await stat(file)).isFile()).toBe(true)
    await write(file, renderUnit({ launcher: service.launcher, environment: {} }))
    const found = await brokerAbsent.check(step, made.context)
    expect(found).toEqual({ state: 'drifted', changes: [{ field: file, effect: 'remove' }] })
    await brokerAbsent.apply(step, found, made.context)
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  test('is so where there was never one', async () => {
    const made = await world()
    expect(await brokerAbsent.check(stepOf(made), made.context)).toEqual({ state: 'ready' })
  })
})
