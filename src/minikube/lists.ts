import { isRecord } from './events.ts'

/** One entry of `minikube profile list -o json`. `status` is empty without a node (139, 149). */
export interface ListedProfile {
  readonly name: string
  readonly status: string
  readonly isValid: boolean
}

/** Reads `profile list -o json`; undefined for `{"error":{}}` (exit 80) or anything unreadable. */
export function parseProfileList(text: string): readonly ListedProfile[] | undefined {
  const value = parse(text)
  if (!isRecord(value) || !Array.isArray(value['valid']) || !Array.isArray(value['invalid'])) return undefined
  return [...entries(value['valid'], true), ...entries(value['invalid'], false)]
}

function entries(list: readonly unknown[], isValid: boolean): readonly ListedProfile[] {
  return list.filter(isRecord).map((each) => ({
    name: typeof each['Name'] === 'string' ? each['Name'] : '',
    status: typeof each['Status'] === 'string' ? each['Status'] : '',
    isValid,
  }))
}

/** Reads `addons list -o json`: whether each add-on is recorded as enabled; without a profile every entry is
 * `{}` (016). It is the recorded wish, not health. */
export function parseAddonsList(text: string): Readonly<Record<string, boolean>> | undefined {
  const value = parse(text)
  if (!isRecord(value)) return undefined
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, isRecord(entry) && entry['Status'] === 'enabled']),
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // plain text although JSON was asked: the caller has no list then
  }
}
