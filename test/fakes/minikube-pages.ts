import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Clause {
  readonly number: number
  readonly evidence: readonly {
    readonly kind: 'recorded' | 'source' | 'assumed' | 'design'
    readonly recording?: string
  }[]
}

/** A behaviour page of the simulator. */
export interface Page {
  readonly subject: 'minikube' | 'docker' | 'host'
  /** Where its tests are. */
  readonly tests: string
  readonly clauses: readonly Clause[]
  /** `minikube: 36 clauses, 29 recorded, 4 from source, 3 assumed, 0 by design` */
  readonly balance: string
  /** The recordings in the fixtures, by the part of their names that pages cite. */
  readonly recordings: readonly string[]
}

/** The simulator's behaviour pages. */
export function pages(): readonly Page[] {
  return [
    page('minikube', 'test/contract/minikube', 'test/fixtures/transcripts/minikube/v1.38.1'),
    page('docker', 'test/contract/docker', 'test/fixtures/transcripts/docker/28.2.2'),
    page('host', 'test/unit/simulator'),
  ]
}

function page(subject: Page['subject'], tests: string, fixtures?: string): Page {
  const text = readFileSync(join(root, `src/simulator/${subject}.md`), 'utf8')
  const clauses = text.split('\n').flatMap((line) => clauseOf(line) ?? [])
  const strongest = (kind: string) => clauses.filter(({ evidence }) => evidence[0]?.kind === kind).length
  const balance = `${subject}: ${clauses.length} clauses, ${strongest('recorded')} recorded, ${strongest('source')} from source, ${strongest('assumed')} assumed, ${strongest('design')} by design`
  const files = fixtures === undefined ? [] : readdirSync(join(root, fixtures))
  const recordings = files.flatMap((name) => /^((?:running-(?:k8s-)?)?\d{3})-/.exec(name)?.[1] ?? [])
  return { subject, tests: join(root, tests), clauses, balance, recordings }
}

function clauseOf(line: string): Clause | undefined {
  const match = /^(\d+)\. .* — (.*)$/.exec(line)
  if (match === null) return undefined
  const evidence = (match[2] ?? '').split(', ').flatMap((text): Clause['evidence'] => {
    const recorded = /^recorded (\S+)$/.exec(text)
    if (recorded?.[1] !== undefined) return [{ kind: 'recorded', recording: recorded[1] }]
    if (text.startsWith('source ')) return [{ kind: 'source' }]
    return text === 'assumed' || text === 'design' ? [{ kind: text }] : []
  })
  return { number: Number(match[1]), evidence }
}
