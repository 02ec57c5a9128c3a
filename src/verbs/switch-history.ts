import { isProtected } from '../contexts/match.ts'
import { visitedBefore } from '../contexts/history.ts'
import type { ContextState } from '../contexts/state.ts'
import type { Session, VerbEnd } from './session.ts'
import { renderTable } from './table.ts'

/** The contexts of before, the latest first. */
export function showHistory(session: Session, { past, view }: ContextState): VerbEnd {
  const now = session.ports.clock.now()
  const rows = visitedBefore(past, view.current?.name).map(({ name, at }) => {
    const context = view.contexts.find((each) => each.name === name)
    return {
      context: name,
      leftAt: at,
      gone: context === undefined,
      protected: context !== undefined && isProtected(context),
    }
  })
  const text =
    rows.length === 0
      ? 'No switch has been made yet with these kubeconfig files.\n'
      : renderTable([
          ['CONTEXT', 'LEFT', ''],
          ...rows.map((row) => [row.context, ago(now - row.leftAt), remark(row)]),
        ])
  session.answer(rows, text)
  return { exit: 0 }
}

const remark = (row: { readonly gone: boolean; readonly protected: boolean }) =>
  row.gone ? 'no longer there' : row.protected ? 'protected' : ''

function ago(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 1) return 'just now'
  if (minutes < 120) return `${minutes} min ago`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} d ago`
}
