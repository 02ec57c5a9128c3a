import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Sts {
  /** For AWS_ENDPOINT_URL_STS. */
  readonly url: string
  /** Role and session length of each AssumeRole so far. */
  readonly assumed: readonly { readonly role: string; readonly seconds: number }[]
  close(): Promise<void>
}

/** An STS on the loopback that lets everybody into every role: its access keys are called after the role. */
export async function startSts(): Promise<Sts> {
  const assumed: Sts['assumed'][number][] = []
  const server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    incoming.on('end', () => {
      const asked = new URLSearchParams(body)
      const role = (asked.get('RoleArn') ?? '').replace(/^.*\//, '')
      const seconds = Number(asked.get('DurationSeconds') ?? 3600)
      assumed.push({ role, seconds })
      outgoing.writeHead(200, { 'content-type': 'text/xml' })
      outgoing.end(answerOf(role, new Date(Date.now() + seconds * 1000)))
    })
  })
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    assumed,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

/** STS's own form of answer, API reference "AssumeRole". */
function answerOf(role: string, end: Date): string {
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/${role}/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ASIA${role.toUpperCase()}</AccessKeyId><SecretAccessKey>made-up</SecretAccessKey>
<SessionToken>session/of+${role}==</SessionToken><Expiration>${end.toISOString()}</Expiration></Credentials>
</AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>`
}
