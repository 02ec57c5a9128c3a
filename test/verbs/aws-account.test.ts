import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keysSecret, pullSecret } from '../../src/pods/names.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { awsIdentityUnasked } from '../../src/problems/aws-sign-in.ts'
import { type Laptop, newLaptop, type RunOptions } from '../fakes/session.ts'
import { notesOf } from './aws-lab.ts'
import { objectsIn } from './cluster-objects.ts'

const minute = 60_000
const profile = `apiVersion: devk8s.dev/v1
kind: Profile
metadata:
  name: shop
aws:
  region: eu-west-1
  ecr:
    mode: secret
  roles: {}
namespaces:
  - name: shop
`

async function newShop(): Promise<Laptop> {
  const laptop = await newLaptop()
  await writeFile(join(laptop.folder, 'devk8s.yaml'), profile)
  return laptop
}

/** A shell with AWS_PROFILE: it counts where no profile is asked for. */
const shell = (inForce: string): RunOptions => ({
  through: ({ aws, ...ports }: Ports) => ({
    ...ports,
    aws: {
      ...aws,
      signInOf: async (source) => aws.signInOf({ profile: inForce, ...source }),
      callerIdentity: async (source, signal) => aws.callerIdentity({ profile: inForce, ...source }, signal),
      session: async (source, signal) => aws.session({ profile: inForce, ...source }, signal),
      registryToken: async (source, signal) => aws.registryToken({ profile: inForce, ...source }, signal),
    },
  }),
})

/** A shell with keys of the environment, those that this profile has elsewhere. */
function keysOf(owner: string): RunOptions {
  const { through } = shell(owner)
  return {
    through: (ports) => {
      const { aws, ...others } = through?.(ports) ?? ports
      return { ...others, aws: { ...aws, signInOf: async () => ({ kind: 'environment' }) } }
    },
  }
}

/** Whose keys and pull tokens the namespace has, by what the Secrets say. */
async function accountsIn(laptop: Laptop): Promise<readonly (string | undefined)[]> {
  const objects = await objectsIn(laptop)
  return [keysSecret, pullSecret].map(
    (name) =>
      objects.find(
        ({ kind, metadata }) => kind === 'Secret' && metadata.namespace === 'shop' && metadata.name === name,
      )?.metadata.annotations?.['devk8s.dev/aws-account'],
  )
}

describe('a team that names no AWS profile', () => {
  test('what `up` found in force is written down, and stays, whatever the next shell has', async () => {
    const laptop = await newShop()
    expect((await laptop.run('up --yes', shell('acme-dev'))).exit).toBe(0)
    const before = await accountsIn(laptop)
    await laptop.clock.sleep(7 * 60 * minute)
    await laptop.run('status', shell('acme-prod'))
    expect(await accountsIn(laptop)).toEqual(before)
    const due = await laptop.run('aws status', shell('acme-prod'))
    expect(due.answer).toMatchObject({
      source: { profile: 'acme-dev' },
      parts: [{}, { fresh: true }, { fresh: true }],
    })

    const planned = await laptop.run('plan', shell('acme-prod'))
    const change = { field: 'AWS profile', from: 'acme-dev', to: 'acme-prod', effect: 'in-place' }
    expect(JSON.stringify(planned.events)).toContain(JSON.stringify(change))
    const asked = await laptop.run('up --yes', shell('acme-prod'))
    expect(asked.exit).toBe(0)
    expect(await accountsIn(laptop)).not.toEqual(before)
    expect(notesOf(asked).filter((text) => text.includes(String(before[0])))).not.toEqual([])
  })

  test('keys of the environment of another account wait until a person asks', async () => {
    const laptop = await newShop()
    expect((await laptop.run('up --yes', keysOf('acme-dev'))).exit).toBe(0)
    const before = await accountsIn(laptop)
    await laptop.clock.sleep(7 * 60 * minute)
    const looked = await laptop.run('status', keysOf('acme-prod'))
    expect(await accountsIn(laptop)).toEqual(before)
    expect(notesOf(looked).join('\n')).toContain(awsIdentityUnasked.code)

    const asked = await laptop.run('aws refresh', keysOf('acme-prod'))
    expect(asked.exit).toBe(0)
    const after = await accountsIn(laptop)
    expect(after).not.toEqual(before)
    expect(notesOf(asked)).toContain(
      `The cluster devk8s had AWS keys of the account ${before[0]}; now they are of ${after[0]}.`,
    )
  })
})
