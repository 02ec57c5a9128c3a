import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awsOf } from '../../../src/adapters/aws-of-world.ts'
import { realClock } from '../../../src/adapters/clock.ts'
import { realFiles } from '../../../src/adapters/files.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import type { Answer, Prompts, Question } from '../../../src/ports/prompts.ts'
import { Secret } from '../../../src/ports/secret.ts'
import type { World } from '../../../src/world.ts'
import { awsHome } from '../../fakes/aws-home.ts'
import { type LoopbackAws, loopbackAws } from '../../fakes/aws-server.ts'

const signal = new AbortController().signal
const serial = 'arn:aws:iam::123456789012:mfa/anna'

let server: LoopbackAws
beforeAll(async () => {
  server = await loopbackAws()
})
afterAll(async () => server.close())

/** A home whose profile acme wants a code, and a terminal that answers each question with the next of these. */
async function laptop(canAsk: boolean | undefined, ...codes: readonly string[]) {
  const home = await awsHome({
    config: `[profile acme]\nrole_arn = arn:aws:iam::123456789012:role/dev\nsource_profile = keys\nmfa_serial = ${serial}\n`,
    credentials: '[keys]\naws_access_key_id = AKIAKEYS\naws_secret_access_key = s\n',
  })
  const questions: Question[] = []
  const prompts: Prompts = {
    ...(canAsk !== undefined && { canAsk }),
    ask: async <Q extends Question>(question: Q) => {
      questions.push(question)
      return Secret.of(codes[questions.length - 1] ?? '') as unknown as Answer<Q>
    },
  }
  const world: Partial<World> = {
    env: { AWS_ENDPOINT_URL: server.url },
    home,
    cwd: home,
    platform: 'linux',
    clock: realClock(),
  }
  const ports = { files: realFiles(), hashing: realHashing(), prompts }
  return { home, questions, open: () => awsOf(world as World, ports, () => {}) }
}

test('a code is asked for in the terminal, typed with spaces as telephones show it, and once', async () => {
  const { home, questions, open } = await laptop(true, ' 123 456 ')
  await open().session({ profile: 'acme' }, signal)
  await open().session({ profile: 'acme' }, signal)
  expect(questions).toEqual([
    {
      id: 'aws.mfa-code',
      kind: 'secret',
      text: `Code of ${serial}:`,
      details: ['The AWS profile acme wants it, once in twelve hours.'],
      flag: 'devk8s aws login',
      fallback: undefined,
      form: { pattern: String.raw`\s*(?:\d\s*){6}`, told: 'A code has six digits' },
    },
  ])
  expect(await readdir(join(home, '.local/state/devk8s/aws/sessions'))).toHaveLength(1)
})

test('one that was mistyped is asked for again, with a word about it', async () => {
  const { questions, open } = await laptop(true, '000000', '123456')
  await open().session({ profile: 'acme' }, signal)
  expect(questions.map(({ details }) => details?.length)).toEqual([1, 2])
})

test.each([false, undefined])('where nobody can be asked (%s) nobody is', async (canAsk) => {
  const { questions, open } = await laptop(canAsk, '123456')
  await expect(open().credentials({ profile: 'acme' }, signal)).rejects.toMatchObject({
    problems: [
      {
        code: 'DK5006',
        detail: `The AWS profile acme wants a code of ${serial}.`,
        next: ['devk8s aws login'],
      },
    ],
  })
  expect(questions).toEqual([])
})
