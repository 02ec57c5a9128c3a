import type { Association, Gives, MappingDocument, MappingRule } from './documents.ts'
import { parseExpression } from './expression-parser.ts'
import { isRecord, parsedJson } from './json.ts'

/**
 * Key `mapping.json` of the agent's ConfigMap. It is taken whole or not at all: with one rule left out, a role that it
 * denies would fall to the next.
 *
 * @returns undefined for what is not a whole mapping of version 1.
 */
export function parseMapping(text: string | undefined): MappingDocument | undefined {
  const document = text === undefined ? undefined : parsedJson(text)
  if (!isRecord(document) || document['version'] !== 1) return undefined
  const isWhole =
    isTextOrNone(document['region']) &&
    isTextOrNone(document['baseRoleArn']) &&
    typeof document['imdsV1'] === 'boolean' &&
    isRestrictions(document['restrictions']) &&
    isListOf(document['rules'], isRule) &&
    isListOf(document['associations'], isAssociation)
  return isWhole ? (document as unknown as MappingDocument) : undefined
}

const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isTextOrNone = (value: unknown) => value === undefined || isText(value)
const isListOf = (value: unknown, is: (each: unknown) => boolean) => Array.isArray(value) && value.every(is)

function isRestrictions(value: unknown): value is MappingDocument['restrictions'] {
  return (
    isRecord(value) &&
    ['refuse', 'warn'].includes(String(value['mode'])) &&
    ['glob', 'regexp'].includes(String(value['format']))
  )
}

function isRule(value: unknown): value is MappingRule {
  return (
    isRecord(value) &&
    isText(value['pattern']) &&
    isExpression(value['expression']) &&
    isGives(value['gives'])
  )
}

/** By the same reader that matches it. */
function isExpression(value: unknown): boolean {
  return typeof value === 'string' && !('fault' in parseExpression(value))
}

function isGives(value: unknown): value is Gives {
  if (!isRecord(value)) return false
  switch (value['is']) {
    case 'developer':
    case 'deny':
      return true
    case 'assume':
      return typeof value['twin'] === 'boolean' && isTextOrNone(value['key'])
    case 'profile':
      return isText(value['profile'])
    default:
      return false
  }
}

function isAssociation(value: unknown): value is Association {
  return (
    isRecord(value) &&
    ['namespace', 'serviceAccount', 'roleArn', 'cluster'].every((field) => isText(value[field])) &&
    ['targetRoleArn', 'externalId'].every((field) => isTextOrNone(value[field]))
  )
}
