import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Clause {
  readonly number: number
  readonly evidence: readonly {
    readonly kind: 'recorded' | 'source' | 'assumed'
    readonly recording?: string
  }[]
}

/** A behaviour page of the simulator. */
export interface Page {
  readonly subject: 'minikube' | 'docker'
  readonly clauses: readonly Clause[]
  /** `minikube: 35 clauses, 29 recorded, 3 from source, 3 assumed` */
  readonly balance: string
  /** The recordings in the fixtures, by the part of their names that pages cite. */
  readonly recordings: readonly string[]
}

/** The behaviour pages whose clauses rest on recordings. */
export function pages(): readonly Page[] {
  return [
    page('minikube', 'test/fixtures/transcripts/minikube/v1.38.1'),
    page('docker', 'test/fixtures/transcripts/docker/28.2.2'),
  ]
}

function page(subject: Page['subject'], fixtures: string): Page {
  const text = readFileSync(join(root, `src/simulator/${subject}.md`), 'utf8')
  const clauses = text.split('\n').flatMap((line) => clauseOf(line) ?? [])
  const strongest = (kind: string) => clauses.filter(({ evidence }) => evidence[0]?.kind === kind).length
  const balance = `${subject}: ${clauses.length} clauses, ${strongest('recorded')} recorded, ${strongest('source')} from source, ${strongest('assumed')} assumed`
  const recordings = readdirSync(join(root, fixtures)).flatMap(
    (name) => /^((?:running-(?:k8s-)?)?\d{3})-/.exec(name)?.[1] ?? [],
  )
  return { subject, clauses, balance, recordings }
}

function clauseOf(line: string): Clause | undefined {
  const match = /^(\d+)\. .* — (.*)$/.exec(line)
  if (match === null) return undefined
  const evidence = (match[2] ?? '').split(', ').flatMap((text): Clause['evidence'] => {
    const recorded = /^recorded (\S+)$/.exec(text)
    if (recorded?.[1] !== undefined) return [{ kind: 'recorded', recording: recorded[1] }]
    if (text.startsWith('source ')) return [{ kind: 'source' }]
    return text === 'assumed' ? [{ kind: 'assumed' }] : []
  })
  return { number: Number(match[1]), evidence }
}
