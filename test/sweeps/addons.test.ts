import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { newLaptop, type Done, type Laptop } from '../fakes/session.ts'

const head = 'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: team }\nextends: default\n'

/** A laptop with a team profile of these add-ons, brought up. */
async function upWith(addons: string): Promise<Laptop> {
  const laptop = await newLaptop()
  await laptop.run('profile list')
  await write(laptop, addons)
  expect((await laptop.run(line(laptop, 'up'))).problems).toEqual([])
  return laptop
}

const write = async (laptop: Laptop, addons: string) =>
  writeFile(join(laptop.folder, 'team.yaml'), `${head}addons: ${addons}\n`)

const line = (laptop: Laptop, command: string) => `${command} --profile ${join(laptop.folder, 'team.yaml')}`

const minikubeCalls = ({ calls }: Done) =>
  calls.filter(({ tool, changes }) => tool === 'minikube' && changes).map(({ args }) => args.join(' '))

/** The profile is changed: the plan says so, `up` does it, and a second `up` is silent. */
async function change(laptop: Laptop, addons: string): Promise<readonly string[]> {
  await write(laptop, addons)
  expect((await laptop.run(`${line(laptop, 'plan')} --exit-code`)).exit).toBe(3)
  const done = await laptop.run(line(laptop, 'up'))
  expect({ exit: done.exit, problems: done.problems }).toEqual({ exit: 0, problems: [] })
  const again = await laptop.run(`${line(laptop, 'up')} --no-input`)
  expect({ exit: again.exit, calls: minikubeCalls(again) }).toEqual({ exit: 0, calls: [] })
  expect((await laptop.run(`${line(laptop, 'plan')} --exit-code`)).exit).toBe(0)
  return minikubeCalls(done)
}

describe('add-ons that the profile changes', () => {
  test('one that is switched off is disabled, and one that is switched on again enabled', async () => {
    const laptop = await upWith('{ metrics-server: true }')
    const disabled = await change(laptop, '{ metrics-server: false, ingress: false }')
    expect(disabled.toSorted()).toEqual([
      'addons disable ingress -p devk8s',
      'addons disable metrics-server -p devk8s',
    ])
    expect(await change(laptop, '{ metrics-server: true, ingress: false }')).toEqual([
      'addons enable metrics-server -p devk8s',
    ])
  })

  test('another image is a change, and so is another registry', async () => {
    const laptop = await upWith('{ metrics-server: true }')
    const options = (image: string) =>
      `{ metrics-server: { options: { images: MetricsServer=acme/m:${image} } } }`
    expect(await change(laptop, options('1'))).toEqual([
      'addons enable metrics-server -p devk8s --images=MetricsServer=acme/m:1',
    ])
    expect(await change(laptop, options('2'))).toEqual([
      'addons enable metrics-server -p devk8s --images=MetricsServer=acme/m:2',
    ])
    const registry = '{ metrics-server: { options: { registries: MetricsServer=r.acme.test } } }'
    expect(await change(laptop, registry)).toEqual([
      'addons enable metrics-server -p devk8s --registries=MetricsServer=r.acme.test',
    ])
  })

  test('an image that the add-on does not have is told, since minikube only warns', async () => {
    const laptop = await upWith('{ metrics-server: true }')
    await write(laptop, '{ metrics-server: { options: { images: Metrics=acme/m:1 } } }')
    const done = await laptop.run(line(laptop, 'up'))
    expect(done.problems).toMatchObject([
      { code: 'DK3031', detail: expect.stringContaining('no notice of images.Metrics=acme/m:1') },
    ])
  })
})
