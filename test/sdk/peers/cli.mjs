// The AWS CLI as scripts use it: a new process for each answer. The second version prints the credentials themselves;
// the first one tells them in the link that it signs, without a secret.
// Arguments: PROGRAM 1|2 once | loop SECONDS PAUSE_MS. Each answer is a line of JSON (test/sdk/support/sessions.ts).
import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const [program, version, mode, seconds = '0', pauseMs = '0'] = process.argv.slice(2)
const run = promisify(execFile)
const env = { ...process.env, AWS_REGION: process.env.AWS_REGION ?? 'eu-central-1' }
const ask = version === '1' ? presigned : exported
const endsAt = mode === 'loop' ? Date.now() + Number(seconds) * 1000 : 0

do {
  const asked = Date.now()
  process.stdout.write(`${JSON.stringify({ ...(await answered()), asked })}\n`)
  await pause(Number(pauseMs))
} while (Date.now() < endsAt)

async function answered() {
  try {
    return await ask()
  } catch (error) {
    return { error: String(error.stderr || error.message).trim() }
  }
}

async function exported() {
  const { stdout } = await run(program, ['configure', 'export-credentials', '--format', 'process'], { env })
  const keys = JSON.parse(stdout)
  const answer = { id: keys.AccessKeyId, secret: keys.SecretAccessKey, token: keys.SessionToken }
  return { ...answer, expires: keys.Expiration }
}

async function presigned() {
  const args = ['s3', 'presign', 's3://bucket/key', '--region', env.AWS_REGION]
  const { searchParams } = new URL((await run(program, args, { env })).stdout.trim())
  const id = searchParams.get('X-Amz-Credential')?.split('/')[0] ?? searchParams.get('AWSAccessKeyId')
  return { id, token: searchParams.get('X-Amz-Security-Token') ?? searchParams.get('x-amz-security-token') }
}
