import { nameOf } from './refusal.ts'
import type { HandedOut } from './handed-out.ts'
import type { Outcome } from './outcome.ts'
import type { Teller } from './view.ts'

// What is told of a request: an Event on the pod, a line in the agent's log. Neither ever holds a token or a key; of what
// the asker wrote an Event quotes a role, a host or a name, cut short, and the log nothing.

export interface Journal {
  /** @param route its name. */
  record(outcome: Outcome, route: string, address: string): void
}

/** How long the log says nothing new of the same. */
const quietMs = 60_000
/** Of different lines within that time: more would be somebody who asks for it. */
const mostLines = 500

export function createJournal(parts: {
  readonly teller: Teller
  readonly handedOut: HandedOut
  readonly log: (line: string) => void
  readonly nowMs: () => number
}): Journal {
  const { teller, handedOut, nowMs } = parts
  const said = new Set<string>()
  let sinceMs = nowMs()
  const log = (line: string) => {
    if (nowMs() - sinceMs > quietMs) {
      said.clear()
      sinceMs = nowMs()
    }
    if (said.has(line) || said.size >= mostLines) return
    said.add(line)
    parts.log(line)
  }
  return {
    record(outcome, route, address) {
      if (outcome.is === 'refused') {
        const { pod, code, message } = outcome
        if (pod !== undefined) teller.tell(pod, { reason: code, message })
        log(`refused ${code} ${route} ${pod === undefined ? address : nameOf(pod)}`)
      } else if (outcome.grant !== undefined) {
        const { pod, decision, session } = outcome.grant
        handedOut.note(decision.session, session)
        for (const message of notesOf(outcome.grant)) teller.tell(pod, message)
        log(`gave ${decision.session} ${route} ${nameOf(pod)}, good until ${session.expiresAt}`)
      }
    },
  }
}

function notesOf({ decision, session }: NonNullable<Extract<Outcome, { is: 'answer' }>['grant']>): readonly {
  readonly reason: string
  readonly message: string
}[] {
  return [
    ...decision.warnings.map((message) => ({ reason: 'AwsNotPermittedRemotely', message })),
    ...(session.instead === undefined ? [] : [{ reason: 'AwsOtherSession', message: session.instead }]),
  ]
}
