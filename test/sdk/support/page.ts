import { laneIds, type LaneId, lanes, outcomes } from './lanes.ts'
import { type PeerId, peerIds, peers } from './peers.ts'

/** A row for each SDK, a column for each lane. */
export function renderMatrix(cell: (peer: PeerId, lane: LaneId) => string): string {
  const head = ['SDK', 'version', ...laneIds.map((lane) => lanes[lane].title)]
  const rows = peerIds.map((peer) => [
    peers[peer].title,
    peers[peer].version,
    ...laneIds.map((lane) => cell(peer, lane)),
  ])
  return renderTable(head, rows)
}

/** In Markdown, aligned. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** docs/sdk-lanes.md */
export function renderPage(): string {
  const access = renderMatrix((peer, lane) => {
    const outcome = outcomes[peer][lane]
    return outcome.is === 'yes' ? 'yes' : `no: ${outcome.why}`
  })
  const telling = renderMatrix((peer, lane) => {
    const outcome = outcomes[peer][lane]
    if (outcome.is === 'no') return '-'
    return outcome.tells ? 'yes' : 'no'
  })
  const kept = peerIds.flatMap((peer) => {
    const outcome = outcomes[peer].B
    return outcome.is === 'yes' && outcome.keeps !== undefined
      ? [[peers[peer].title, peers[peer].version, outcome.keeps.says]]
      : []
  })
  return `# SDKs and lanes

Written by \`npx vitest run test/sdk/page.test.ts -u\` from the table that \`test/sdk\` holds real SDKs to, in network namespaces with the agent and the rules of a node. \`node scripts/provide-sdks.mjs\` installs the SDKs; tests of those that are not there are skipped and say so.

## Who gets credentials

${access}

What each lane is: \`docs/decisions/0007-roles-for-pods.md\`. SDKs from before November 2023 do not take the address of EKS Pod Identity: botocore, the AWS CLI and Go v1 stop there, Ruby goes on to the metadata service. SDKs from before July 2023 do not know \`AWS_ENDPOINT_URL_STS\`. Java v2 takes the host and the port of that variable, not its path. Go v1 of 2019 asks for metadata without a session token (IMDSv1): \`aws.imdsV1: false\` takes lane B from it.

## Whose error says what to do

When the session is over, the agent's answer has the next command in it. Some SDKs print it:

${telling}

The others say that they found no credentials, or that the address is not valid (JavaScript in lane A), so the same words are in an Event on the pod: \`kubectl describe pod\`. All of them go on by themselves after the next login, in lane B not always at once.

## What is kept past its end

Tried with sessions of eight seconds, a new one every three. In lanes A, R and S every SDK fetches the next session before the last one is over. In lane B most take a short session, or a refusal, for a fault of EC2's, and keep what they have, past its end if need be:

${renderTable(['SDK', 'version', 'keeps one that'], kept)}

So a session of lane B is to have five minutes left whenever it is handed out: those of AWS last 15 minutes or more, and are replaced before half of that is gone. And an application of lane B whose session did end, on a laptop that slept or a login that ran out, may ask for the next one minutes after it is there. One that is restarted asks at once.
`
}
