import type { KubeStore } from './store.ts'

/** An answer before the headers that all answers have. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly store: KubeStore
}

/** The content type of nearly everything. */
export const json = 'application/json'
const plainText = 'text/plain; charset=utf-8'

/** A JSON answer. */
export function jsonAnswer(status: number, body: unknown, store: KubeStore, contentType = json): Answer {
  return { status, contentType, body: `${JSON.stringify(body)}\n`, store }
}

/** A text answer. */
export function textAnswer(status: number, body: string, store: KubeStore): Answer {
  return { status, contentType: plainText, body, store }
}
