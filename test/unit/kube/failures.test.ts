import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { classifyFailure, managersIn, unknownKindIn } from '../../../src/kube/failures.ts'
import { parseObjects } from '../../../src/kube/kubectl.ts'
import type { Ran } from '../../../src/ports/exec.ts'
import { kubectlInterrupted } from '../../../src/problems/kubernetes.ts'

const folder = new URL('../../fixtures/transcripts/kubectl/1.33/', import.meta.url)
const target = { program: '/opt/kubectl', kubeconfig: '/data/kubeconfig/devk8s', context: 'devk8s' }

/** The end of a recorded run of kubectl v1.33.1, by its number. */
function replay(number: string): Ran {
  const name = readdirSync(folder).find((each) => each.startsWith(`${number}-`))
  if (name === undefined) throw new Error(`no recording ${number} in test/fixtures`)
  const { exitCode, signal, stdout, stderr, durationMs } = JSON.parse(
    readFileSync(new URL(name, folder), 'utf8'),
  )
  const outcome = exitCode === null ? 'signalled' : 'exited'
  return { outcome, exitCode, signal: signal ?? null, stdout, stderr, durationMs }
}

const ended = (stderr: string): Ran => ({
  outcome: 'exited',
  exitCode: 1,
  signal: null,
  stdout: '',
  stderr,
  durationMs: 9,
})

describe('a recorded failure becomes a problem', () => {
  test.each([
    ['220', 'DK4001', 'The connection to the server 127.0.0.1:1 was refused'],
    ['221', 'DK4001', 'connection refused'],
    ['230', 'DK4001', 'no such host'],
    ['303', 'DK4001', 'EOF'],
    ['312', 'DK4001', 'connection reset by peer'],
    ['290', 'DK4002', 'Client.Timeout'],
    ['292', 'DK4002', 'context deadline exceeded'],
    ['293', 'DK4002', 'reading response body'],
    ['295', 'DK4002', 'TLS handshake timeout'],
    ['240', 'DK4003', 'signed by unknown authority'],
    ['243', 'DK4003', 'expired'],
    ['251', 'DK4003', 'expired certificate'],
    ['200', 'DK4004', 'You must be logged in'],
    ['201', 'DK4004', 'asked for the client to provide credentials'],
    ['204', 'DK4004', 'EOF'],
    ['205', 'DK4005', 'unknown'],
    ['207', 'DK4005', 'failed to download openapi'],
    ['213', 'DK4005', 'cannot patch resource "configmaps"'],
    ['017', 'DK4006', 'namespaces "nope" not found'],
    ['049', 'DK4006', 'namespaces "nothere" not found'],
    ['034', 'DK4007', '.data.a of an object in the cluster is managed by "devk8s".'],
    ['036', 'DK4007', 'managed by "other"'],
    ['041', 'DK4007', 'managed by "kubectl-client-side-apply"'],
    ['042', 'DK4008', 'The ConfigMap "Not_Valid" is invalid'],
    ['051', 'DK4008', '.datta: field not declared in schema'],
    ['055', 'DK4008', 'expected string'],
    ['023', 'DK4009', 'resource type "gadgets"'],
    ['044', 'DK4009', 'no matches for kind "Gadget"'],
    ['047', 'DK4009', 'no matches for kind'],
    ['260', 'DK4010', 'currently unable to handle the request'],
    ['263', 'DK4010', 'currently unable to handle the request'],
    ['267', 'DK4010', 'Too many requests'],
    ['270', 'DK4010', '500 Internal Server Error'],
    ['114', 'DK4010', 'the object has been modified'],
    ['277', 'DK4011', "invalid character '<'"],
    ['050', 'DK4011', 'no objects passed to apply'],
    ['294', 'DK4011', 'SIGKILL'],
    ['234', 'DK4016', 'error loading config file'],
    ['235', 'DK4016', 'context was not found'],
    ['236', 'DK4016', 'no such file or directory'],
    ['246', 'DK4016', 'unable to load root certificates'],
    ['247', 'DK4016', 'failed to find any PEM data'],
    ['249', 'DK4016', 'Error in configuration'],
  ])('recorded %s: %s, %s', (number, code, words) => {
    const found = classifyFailure(replay(number), target)
    expect(found?.code).toBe(code)
    expect(`${found?.detail} ${found?.evidence?.join(' ')}`).toContain(words)
    expect(found?.detail.length).toBeLessThan(400)
    expect(found?.evidence?.join('\n')).not.toContain('memcache.go')
  })

  test('what succeeds is none, whatever is on stderr (recorded 307, 112)', () => {
    expect(classifyFailure(replay('307'), target)).toBeUndefined()
    expect(classifyFailure(replay('112'), target)).toBeUndefined()
  })

  test.each([
    [{ ...ended(''), outcome: 'not-found', exitCode: null } as const, 'DK1001'],
    [{ ...ended(''), outcome: 'timed-out', exitCode: null, durationMs: 90_000 } as const, 'DK4002'],
    [{ ...ended(''), outcome: 'aborted', exitCode: null } as const, kubectlInterrupted.code],
    [{ ...ended(''), outcome: 'signalled', signal: 'SIGINT', exitCode: null } as const, 'DK4017'],
    [{ ...ended(''), outcome: 'signalled', signal: 'SIGKILL', exitCode: null } as const, 'DK4011'],
    [ended(''), 'DK4011'],
    [ended('error: something new\n'), 'DK4011'],
  ])('%#: %s', (ran, code) => {
    expect(classifyFailure(ran, target)?.code).toBe(code)
  })

  test('all managers of a conflict are named', () => {
    const message =
      'error: Apply failed with 2 conflicts: conflicts with "kubectl-edit" using apps/v1:\n- .spec.replicas\nconflict with "helm": .spec.template'
    expect(managersIn(message)).toEqual(['kubectl-edit', 'helm'])
  })

  test('the unknown kind is named (recorded 023, 044)', () => {
    expect(unknownKindIn(replay('023').stderr)).toBe('gadgets')
    expect(unknownKindIn(replay('044').stderr)).toBe('Gadget')
    expect(unknownKindIn('')).toBeUndefined()
  })
})

describe('answers', () => {
  test('a list is its objects (recorded 011, 027)', () => {
    const found = parseObjects(replay('027'), target)
    expect(
      'objects' in found && found.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ).toEqual(expect.arrayContaining(['ServiceAccount default', 'ConfigMap kube-root-ca.crt']))
  })

  test.each([
    ['nothing, for an absent object (recorded 019)', '019'],
    ['an empty list (recorded 026)', '026'],
  ])('%s has no objects', (_, number) => {
    expect(parseObjects(replay(number), target)).toEqual({ objects: [] })
  })

  test.each(['278', '279', '293', '300'])(
    'a valid empty list on a failed call is not an answer (recorded %s)',
    (number) => {
      expect(replay(number).stdout).toContain('"items": []')
      expect(parseObjects(replay(number), target)).toHaveProperty('problem.exit', 1)
    },
  )

  test.each(['not json', '[]', '"text"', '{"kind":"Pod"}'])('%s with exit 0 is DK4012', (stdout) => {
    expect(parseObjects({ ...ended(''), exitCode: 0, stdout }, target)).toHaveProperty(
      'problem.code',
      'DK4012',
    )
  })

  test('one object is a list of one', () => {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }
    const stdout = JSON.stringify(object)
    expect(parseObjects({ ...ended(''), exitCode: 0, stdout }, target)).toEqual({ objects: [object] })
  })
})
