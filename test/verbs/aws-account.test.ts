import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keysSecret, pullSecret } from '../../src/pods/names.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { awsProfileMissing } from '../../src/problems/aws.ts'
import { awsAccountDenied, awsIdentityUnasked } from '../../src/problems/aws-sign-in.ts'
import { fail } from '../../src/problems/problem.ts'
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
  lane: env
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

/** A shell whose AWS_PROFILE no file has. */
const typo: RunOptions = {
  through: ({ aws, ...ports }: Ports) => {
    const missing = async () => fail(awsProfileMissing, { detail: 'There is no profile acme-dve.' })
    const named = <T>({ profile: own }: { readonly profile?: string }, call: () => Promise<T>) =>
      own === undefined ? missing() : call()
    return {
      ...ports,
      aws: {
        ...aws,
        signInOf: async (source) => named(source, async () => aws.signInOf(source)),
        callerIdentity: async (source, signal) =>
          named(source, async () => aws.callerIdentity(source, signal)),
      },
    }
  },
}

const recordOf = ({ home }: Laptop) => join(home, '.local/state/devk8s/aws/upkeep/devk8s.json')
const recordIn = async (laptop: Laptop) => readFile(recordOf(laptop), 'utf8')

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

  test('an `up` that is refused, or that knows no such profile, leaves the record as it is', async () => {
    const laptop = await newShop()
    const denied = profile.replace('aws:\n', "aws:\n  accounts: { deny: ['999999999999'] }\n")
    await writeFile(join(laptop.folder, 'devk8s.yaml'), denied)
    expect((await laptop.run('up --yes', shell('acme-dev'))).exit).toBe(0)
    const before = await recordIn(laptop)
    expect(JSON.parse(before)).toMatchObject({ source: { profile: 'acme-dev' } })
    for (const [env, code] of [
      [shell('acme-prod'), awsAccountDenied.code],
      [typo, awsProfileMissing.code],
    ] as const) {
      const done = await laptop.run('up --yes', env)
      expect([done.exit, done.problems.map((each) => each.code)]).toEqual([4, [code]])
      expect(await recordIn(laptop)).toBe(before)
    }
    // A look compares what is there with the record for all that.
    const { steps } = await laptop.run('status', typo)
    expect(steps).toMatchObject({ 'aws-identity': 'blocked', upkeep: 'ready', 'upkeep.pods': 'ready' })
  })

  test('a record that has lost its profile lets no keys of another account in', async () => {
    const laptop = await newShop()
    expect((await laptop.run('up --yes', shell('acme-dev'))).exit).toBe(0)
    const before = await accountsIn(laptop)
    const { source, ...record } = JSON.parse(await recordIn(laptop))
    const { profile: _lost, ...others } = source
    await writeFile(recordOf(laptop), JSON.stringify({ ...record, source: others }))
    await laptop.clock.sleep(7 * 60 * minute)
    const looked = await laptop.run('status', keysOf('acme-prod'))
    expect(notesOf(looked).join('\n')).toContain(awsIdentityUnasked.code)
    expect(await accountsIn(laptop)).toEqual(before)
  })
})
