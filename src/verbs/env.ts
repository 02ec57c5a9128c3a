import { bindContext } from '../contexts/bind.ts'
import { renderExport } from '../contexts/shell-syntax.ts'
import { readContexts } from '../contexts/state.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import { agreeToProtected } from './agree.ts'
import { contextFor } from './context-for.ts'
import { say } from './say.ts'
import type { Verb } from './session.ts'

/** The lines that bind the present shell to a context. Its file lives for that shell, the process that started us. */
export const env: Verb<'env'> = async (session) => {
  const { name, namespace, syntax, consented } = session.request
  const { view } = await readContexts(session)
  const context = contextFor(name, view.contexts)
  await agreeToProtected(session, context, { consented, doing: 'to bind this shell to it' })
  const { file, env: variables } = await bindContext(session, context, {
    boundFor: 'shell',
    ...(namespace === undefined ? {} : { namespace }),
  })
  const { KUBECONFIG: kubeconfig } = variables
  const text = renderExport('KUBECONFIG', kubeconfig, syntax)
  session.answer({ context: context.name, file, env: { KUBECONFIG: kubeconfig } }, `${text}\n`)
  // Read by a person and not by a shell, it binds nothing.
  if (session.world.stdout.isTTY) {
    const line = renderShellWords(['devk8s', 'env', name])
    say(session, 'faint', `These lines bind a shell that evaluates them: eval "$(${line})"`)
  }
  return { exit: 0 }
}
