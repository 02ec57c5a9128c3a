// An application with AWS SDK for JavaScript v3: asks for the credentials of each request as a client of it does.
// Arguments: once | loop SECONDS PAUSE_MS. Each answer is a line of JSON (test/sdk/support/sessions.ts).
import { setTimeout as pause } from 'node:timers/promises'
import { STSClient } from '@aws-sdk/client-sts'

const [mode, seconds = '0', pauseMs = '0'] = process.argv.slice(2)
const { config } = new STSClient({ region: process.env.AWS_REGION ?? 'eu-central-1' })
const endsAt = mode === 'loop' ? Date.now() + Number(seconds) * 1000 : 0

do {
  const asked = Date.now()
  process.stdout.write(`${JSON.stringify({ ...(await ask()), asked })}\n`)
  await pause(Number(pauseMs))
} while (Date.now() < endsAt)

async function ask() {
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await config.credentials()
    const answer = { id: accessKeyId, secret: secretAccessKey, token: sessionToken }
    return { ...answer, expires: expiration?.toISOString() }
  } catch (error) {
    return { error: `${error.name}: ${error.message}` }
  }
}
