// An application without an SDK, which keeps nothing: what it says is what the agent answered at that moment.
// Arguments: LANE loop SECONDS PAUSE_MS. Each answer is a line of JSON (test/sdk/support/sessions.ts).
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const [lane, , seconds = '0', pauseMs = '0'] = process.argv.slice(2)
const metadata = 'http://169.254.169.254/latest'
const { env } = process

const ways = {
  A: () =>
    json(env.AWS_CONTAINER_CREDENTIALS_FULL_URI, {
      headers: { authorization: readFileSync(env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, 'utf8') },
    }),
  R: () => json(`http://169.254.170.2${env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI}`),
  B: async () => {
    const put = { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' } }
    const headers = { 'x-aws-ec2-metadata-token': await text(`${metadata}/api/token`, put) }
    const folder = `${metadata}/meta-data/iam/security-credentials/`
    return json(`${folder}${await text(folder, { headers })}`, { headers })
  },
  S: async () => {
    const query = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: env.AWS_ROLE_ARN,
      RoleSessionName: 'direct',
      WebIdentityToken: readFileSync(env.AWS_WEB_IDENTITY_TOKEN_FILE, 'utf8'),
    })
    const xml = await text(`${env.AWS_ENDPOINT_URL_STS}?${query}`)
    const field = (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
    const answer = { id: field('AccessKeyId'), secret: field('SecretAccessKey') }
    return { ...answer, token: field('SessionToken'), expires: field('Expiration') }
  },
}

const endsAt = Date.now() + Number(seconds) * 1000
do {
  const asked = Date.now()
  const answer = await ways[lane]().catch((error) => ({ error: String(error.cause ?? error) }))
  process.stdout.write(`${JSON.stringify({ ...answer, asked })}\n`)
  await pause(Number(pauseMs))
} while (Date.now() < endsAt)

async function text(url, options) {
  const response = await fetch(url, options)
  const body = await response.text()
  if (!response.ok) throw new Error(`${response.status} ${body}`)
  return body
}

async function json(url, options) {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = JSON.parse(await text(url, options))
  return { id: AccessKeyId, secret: SecretAccessKey, token: Token, expires: Expiration }
}
