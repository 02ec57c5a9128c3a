import type { Json } from '../ports/event.ts'
import type { StepRecord } from './record.ts'
import { oneLine } from './text.ts'
import { counted } from './units.ts'

type Detail = StepRecord['detail']

/**
 * What a check read, in lines for people: what they would ask of this kind of step. Programs get all of it
 * from `--json`. A kind that is not known here shows every plain value.
 */
export function detailText({ kind, detail }: Pick<StepRecord, 'kind' | 'detail'>): readonly string[] {
  switch (kind) {
    case 'tool.present':
      return present([textOf(detail, 'path')])
    case 'context.present':
      return present([textOf(detail, 'file')])
    case 'aws-agent.running':
    case 'launcher.present':
    case 'remote-contexts.trimmed':
    case 'upkeep.recorded':
      return []
    case 'aws-identity.admitted':
      return present([textOf(detail, 'arn')])
    case 'upkeep.fresh':
      return upkeepLines(detail)
    case 'remote-context.present':
      return remoteLines(detail)
    case 'cluster.running':
      return clusterLines(detail)
    case 'addon.ready':
      return membersOf(detail, 'workloads').map(workloadLine)
    default:
      return present([
        Object.entries(detail)
          .flatMap(([name, value]) => (isPlain(value) ? [`${name} ${value}`] : []))
          .join(', '),
      ])
  }
}

/** A discovery may have found many; a single context says nothing beyond its own line. */
function remoteLines(detail: Detail): readonly string[] {
  const names = Array.isArray(detail['contexts'])
    ? detail['contexts'].filter((each) => typeof each === 'string')
    : []
  return names.length > 1 ? [names.join(', ')] : []
}

/** The ways by which pods get credentials, those that do not work with the reason; the same reason is told once. */
function lanesLines({ health }: Detail): readonly string[] {
  if (!isObject(health) || !Array.isArray(health['lanes'])) return []
  const lanes = health['lanes'].filter(isObject)
  const working = lanes.flatMap((lane) => (lane['state'] === 'works' ? (textOf(lane, 'lane') ?? []) : []))
  const others = lanes.filter(({ state }) => state === 'broken' || state === 'unknown')
  const reasons = new Set(others.map((lane) => textOf(lane, 'words') ?? ''))
  return [
    ...(working.length > 0 ? [`lanes that work: ${working.join(', ')}`] : []),
    ...[...reasons].map((words) => {
      const names = others.flatMap((lane) =>
        textOf(lane, 'words') === words ? (textOf(lane, 'lane') ?? []) : [],
      )
      return `lane${names.length === 1 ? '' : 's'} ${names.join(', ')}: ${words}`
    }),
  ]
}

/** How images are pulled and why so; in how many namespaces keys and pull secrets are. */
function upkeepLines(detail: Detail): readonly string[] {
  const mode = textOf(detail, 'mode')
  const { namespaces, serviceAccounts } = detail
  const served = Array.isArray(namespaces) ? namespaces.length : namespaces
  return present([
    mode === undefined ? undefined : `mode ${mode}: ${textOf(detail, 'why') ?? ''}`,
    typeof served === 'number' ? counted(served, 'namespace') : undefined,
    Array.isArray(serviceAccounts) && serviceAccounts.length > 0
      ? `service accounts with a role: ${serviceAccounts.join(', ')}`
      : undefined,
    ...lanesLines(detail),
  ])
}

function clusterLines(detail: Detail): readonly string[] {
  const runtime = textOf(detail, 'runtime')
  const parts = [
    withUnit(detail, 'cpus', 'processors'),
    withUnit(detail, 'memoryMiB', 'MiB'),
    runtime === undefined ? undefined : `runtime ${runtime}`,
  ]
  return present([present(parts).join(', '), ...membersOf(detail, 'nodes').map(nodeLine)])
}

function nodeLine(node: Detail): string {
  const states = ['host', 'kubelet', 'apiServer'].flatMap((part) => {
    const state = textOf(node, part)
    return state === undefined ? [] : [`${part === 'apiServer' ? 'API server' : part} ${state}`]
  })
  return `node ${textOf(node, 'name') ?? ''}: ${states.join(', ')}`
}

function workloadLine(workload: Detail): string {
  const reasons = workload['reasons']
  const why = Array.isArray(reasons) && reasons.length > 0 ? `: ${reasons.join('; ')}` : ''
  return `${textOf(workload, 'workload') ?? ''}${workload['isReady'] === true ? ' is ready' : ` is not ready${why}`}`
}

const isObject = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isPlain = (value: Json): value is string | number | boolean => typeof value !== 'object' && value !== ''

function textOf(detail: Detail, name: string): string | undefined {
  const value = detail[name]
  return value !== undefined && isPlain(value) ? oneLine(String(value)) : undefined
}

function withUnit(detail: Detail, name: string, unit: string): string | undefined {
  const value = textOf(detail, name)
  return value === undefined ? undefined : `${value} ${unit}`
}

function membersOf(detail: Detail, name: string): readonly Detail[] {
  const value = detail[name]
  return Array.isArray(value)
    ? value.filter(
        (each): each is Detail => typeof each === 'object' && each !== null && !Array.isArray(each),
      )
    : []
}

const present = (lines: readonly (string | undefined)[]): readonly string[] =>
  lines.filter((line): line is string => line !== undefined && line !== '')
