import { isProtected } from '../contexts/match.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { agreeToProtected, canAskPerson } from './agree.ts'
import { KubectxError } from './kubectx-say.ts'
import type { Session } from './session.ts'

/**
 * As `agreeToProtected`. kubectx has no flag that could agree, so where nobody can be asked the command that has one is
 * named.
 */
export async function agreeAsKubectx(
  session: Session,
  context: ContextInFile,
  { doing, command }: { readonly doing: string; readonly command: string },
): Promise<void> {
  if (isProtected(context) && !canAskPerson(session)) {
    throw new KubectxError(`context "${context.name}" is protected, and nobody can be asked: ${command}`)
  }
  await agreeToProtected(session, context, { consented: false, doing })
}
