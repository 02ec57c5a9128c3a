import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { simulatePush } from '../../../src/adapters/aws-iam.ts'

interface Asked {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

type Answer = { readonly status: number; readonly body: string } | 'cut'

/** A server that speaks IAM's query protocol, with what it was asked. */
async function iam() {
  const asked: Asked[] = []
  const answers = new Map<string, Answer>()
  const server = createServer((request, response) => {
    void (async () => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const fields = Object.fromEntries(new URLSearchParams(body))
      const action = fields['Action'] ?? ''
      asked.push({ action, fields })
      const answer = answers.get(action) ?? error(400, 'InvalidAction', action)
      if (answer === 'cut') response.destroy()
      else response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body)
    })()
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
  return { asked, answers, endpoint: `http://127.0.0.1:${port}`, close }
}

const error = (status: number, code: string, message: string): Answer => ({
  status,
  body: `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
})

const simulated = (...decisions: readonly string[]): Answer => ({
  status: 200,
  body: `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>${decisions
    .map(
      (decision) =>
        `<member><EvalActionName>ecr:PutImage</EvalActionName><EvalDecision>${decision}</EvalDecision></member>`,
    )
    .join('')}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
})

const ssoRole =
  'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Developer_0123456789abcdef'
const roleFound: Answer = {
  status: 200,
  body: `<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role><Path>/</Path><RoleName>x</RoleName><RoleId>AROAX</RoleId><Arn>${ssoRole}</Arn><CreateDate>2026-11-24T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>`,
}

let server: Awaited<ReturnType<typeof iam>>
beforeEach(async () => {
  server = await iam()
})
afterEach(async () => server.close())

const user = 'arn:aws:iam::123456789012:user/team/anna'
const session =
  'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/anna@acme.example'
const repositoryArn = 'arn:aws:ecr:eu-west-1:123456789012:repository/*'

const ask = async (arn: string) =>
  simulatePush(
    { identity: { account: '123456789012', arn, userId: 'x' }, repositoryArn },
    {
      region: 'eu-west-1',
      endpoint: server.endpoint,
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
      maxAttempts: 1,
    },
    new AbortController().signal,
  )

describe('whether an identity could push', () => {
  test('asks about all that a push takes, on the repository', async () => {
    server.answers.set('SimulatePrincipalPolicy', simulated('allowed', 'allowed'))
    expect(await ask(user)).toBe('allowed')
    expect(server.asked[0]?.fields).toMatchObject({
      PolicySourceArn: user,
      'ResourceArns.member.1': repositoryArn,
      'ActionNames.member.4': 'ecr:PutImage',
    })
    expect(Object.values(server.asked[0]?.fields ?? {})).not.toContain('ecr:BatchDeleteImage')
  })

  test('asks about the role of a session by its own ARN, which has a path', async () => {
    server.answers.set('GetRole', roleFound)
    server.answers.set('SimulatePrincipalPolicy', simulated('allowed'))
    expect(await ask(session)).toBe('allowed')
    expect(server.asked.map(({ action }) => action)).toEqual(['GetRole', 'SimulatePrincipalPolicy'])
    expect(server.asked[0]?.fields['RoleName']).toBe('AWSReservedSSO_Developer_0123456789abcdef')
    expect(server.asked[1]?.fields['PolicySourceArn']).toBe(ssoRole)
  })

  test.each([
    [['allowed', 'implicitDeny'], 'denied'],
    [['explicitDeny'], 'denied'],
    [[], 'unknown'],
  ])('%j is %s', async (decisions, verdict) => {
    server.answers.set('SimulatePrincipalPolicy', simulated(...decisions))
    expect(await ask(user)).toBe(verdict)
  })

  test.each([
    ['may not simulate', user, 'SimulatePrincipalPolicy', error(403, 'AccessDenied', 'not authorized')],
    ['may not look at its role', session, 'GetRole', error(403, 'AccessDenied', 'not authorized')],
    ['has a role that is gone', session, 'GetRole', error(404, 'NoSuchEntity', 'cannot be found')],
  ])('is not known to who %s', async (_, arn, action, answer) => {
    server.answers.set(action, answer)
    expect(await ask(arn)).toBe('unknown')
  })

  test.each([
    ['arn:aws:iam::123456789012:root', 'allowed'],
    ['arn:aws:sts::123456789012:federated-user/anna', 'unknown'],
  ])('nobody is asked about %s', async (arn, verdict) => {
    expect(await ask(arn)).toBe(verdict)
    expect(server.asked).toEqual([])
  })

  test.each<[string, Answer, RegExp]>([
    [
      'a session that is over',
      error(403, 'ExpiredToken', 'The security token included in the request is expired'),
      /is expired/,
    ],
    ['a connection that is cut', 'cut', /hang up|ECONNRESET/],
  ])('what is no answer to the question stays a failure: %s', async (_, answer, words) => {
    server.answers.set('SimulatePrincipalPolicy', answer)
    await expect(ask(user)).rejects.toThrow(words)
  })
})
