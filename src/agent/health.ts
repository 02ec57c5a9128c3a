import { jsonAnswer, status, type Answer } from './answers.ts'
import type { View } from './view.ts'

/** `/healthz`: 200 when every list is in, which a request needs; how old they are is told, not judged. */
export function health(view: View, version: string): Answer {
  const isReady = view.isReady()
  const said = { status: isReady ? 'ready' : 'starting', version, staleForMs: view.staleForMs() }
  return jsonAnswer(said, isReady ? status.ok : status.unavailable)
}
