import type { Question } from '../ports/prompts.ts'
import { fail } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import type { Session } from './session.ts'

type Confirm = Extract<Question, { kind: 'confirm' }>

/** What is asked. Where nobody can be, only `--yes` agrees, or `fallback` where there is one. */
type Asked = Pick<Confirm, 'id' | 'text'> &
  Partial<Pick<Confirm, 'destructive' | 'fallback'>> & { readonly details: readonly string[] }

/**
 * Shows what is about to be done and goes on only with a yes, or with `--yes`.
 * @param otherwise what is told after a no: that nothing was done, and the command that asks again.
 * @throws DevK8sError DK8050 after a no; DK8010 when nobody can be asked and there is no fallback.
 */
export async function consentTo(
  { ports, signal }: Pick<Session, 'ports' | 'signal'>,
  asked: Asked,
  otherwise: { readonly detail: string; readonly next?: readonly string[] },
): Promise<void> {
  const question = { fallback: undefined, ...asked, kind: 'confirm', flag: '--yes' } as const
  if (!(await ports.prompts.ask(question, signal))) fail(declined, otherwise)
}
