import { bannerLines, type LockState } from '../contexts/banner.ts'
import { isProtected } from '../contexts/match.ts'
import { contextPlaces } from '../contexts/places.ts'
import { protectKeyOfContext } from '../contexts/protect-key.ts'
import { readLock } from '../contexts/lock-state.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { fail } from '../problems/problem.ts'
import { say } from './say.ts'
import type { Session } from './session.ts'

/** Whether a person sits at both ends: stdin to answer, stderr to read the question. */
export function canAskPerson({ request, world }: Session): boolean {
  const { input, output } = request.common
  return input && output === 'human' && world.stdinIsTTY && world.stderr.isTTY
}

/**
 * Shows what a protected context is and lets the person agree by typing its name, or by `--yes-prod`; `--yes` does
 * not agree to it. Nothing is shown or asked for other contexts.
 * @param doing for the question, behind its name: `to switch to it`.
 * @throws DevK8sError DK8010 where nobody can be asked, DK8050 when the name was not typed.
 */
export async function agreeToProtected(
  session: Session,
  context: ContextInFile,
  { consented, doing }: { readonly consented: boolean; readonly doing: string },
): Promise<void> {
  if (!isProtected(context)) return
  const { ports } = session
  const lock = await lockOf(session, context)
  const banner = bannerLines(context, lock, ports.clock.now())
  const canAsk = canAskPerson(session)
  if (consented || canAsk) showBanner(session, banner)
  if (consented) return
  const agreed = await ports.prompts.ask(
    {
      kind: 'type-name',
      id: 'context.protected',
      text: `Type ${context.name} ${doing}:`,
      expected: context.name,
      flag: '--yes-prod',
      fallback: undefined,
      ...(canAsk ? {} : { details: banner }),
    },
    session.signal,
  )
  if (agreed) return
  const { declined } = await import('../problems/state.ts')
  fail(declined, { detail: `${context.name} is protected, and its name was not what was typed.` })
}

/** By its user entry, which says whether anything is withheld at all. */
async function lockOf(session: Session, context: ContextInFile): Promise<LockState> {
  const { ports, world, layout } = session
  const { guardedContexts } = await import('./protected-context.ts')
  const found = (await guardedContexts(session)).find((each) => each.context.name === context.name)
  if (found !== undefined && found.key === undefined) return { kind: 'none' }
  const key = found?.key ?? protectKeyOfContext(context)
  return readLock(ports, contextPlaces(layout, world.platform), key)
}

function showBanner(session: Session, [first = '', ...rest]: readonly string[]): void {
  say(session, 'alarm', first)
  say(session, 'plain', ...rest)
}
