import { bindContext } from '../contexts/bind.ts'
import { ownKubeconfigs } from '../contexts/bound.ts'
import { contextPlaces } from '../contexts/places.ts'
import { renderExport, renderUnset } from '../contexts/shell-syntax.ts'
import { readContexts } from '../contexts/state.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import { commandAs, invocationOf } from '../invocation.ts'
import { layoutOf } from '../plan/layout.ts'
import { fail } from '../problems/problem.ts'
import { missingWord } from '../problems/usage.ts'
import { agreeToProtected } from './agree.ts'
import { contextFor } from './context-for.ts'
import { say } from './say.ts'
import type { Verb } from './session.ts'

type EnvSession = Parameters<Verb<'env'>>[0]

/** The lines that bind the present shell to a context, or end that. Its file lives for that shell, which started us. */
export const env: Verb<'env'> = async (session) => {
  const { name, namespace, syntax, consented, unset } = session.request
  if (unset) return unbind(session)
  if (name === undefined) {
    return fail(missingWord, {
      detail: 'devk8s env needs NAME, the context to bind this shell to.',
      next: ['devk8s contexts list', 'devk8s env --unset'],
    })
  }
  const { view, files } = await readContexts(session)
  const context = contextFor(name, view.contexts, files)
  await agreeToProtected(session, context, { consented, doing: 'to bind this shell to it' })
  const { file, env: variables } = await bindContext(session, context, {
    boundFor: 'shell',
    ...(namespace === undefined ? {} : { namespace }),
  })
  const { KUBECONFIG: kubeconfig } = variables
  const text = renderExport('KUBECONFIG', kubeconfig, syntax)
  session.answer({ context: context.name, file, env: { KUBECONFIG: kubeconfig } }, `${text}\n`)
  tellReader(session, ['devk8s', 'env', name])
  return { exit: 0 }
}

/** The line that gives KUBECONFIG back what stood behind the bound file; nothing in a shell that is not bound. */
function unbind(session: EnvSession) {
  const { layout, world, request } = session
  const { bound } = contextPlaces(layout, world.platform)
  const own = ownKubeconfigs(layout.userKubeconfig, bound)
  const isBound = own.length < layout.userKubeconfig.length
  const [usual] = layoutOf({
    cwd: world.cwd,
    env: {},
    home: world.home,
    platform: world.platform,
  }).userKubeconfig
  const isUsual = own.length === 0 || (own.length === 1 && own[0] === usual)
  const kubeconfig = isUsual ? null : own.join(world.platform === 'win32' ? ';' : ':')
  const line =
    kubeconfig === null
      ? renderUnset('KUBECONFIG', request.syntax)
      : renderExport('KUBECONFIG', kubeconfig, request.syntax)
  session.answer(
    { bound: isBound, env: isBound ? { KUBECONFIG: kubeconfig } : {} },
    isBound ? `${line}\n` : '',
  )
  if (isBound) tellReader(session, ['devk8s', 'env', '--unset'])
  else say(session, 'faint', 'This shell is not bound to a context: KUBECONFIG stays as it is.')
  return { exit: 0 }
}

/** Read by a person and not by a shell, the lines change nothing. */
function tellReader(session: EnvSession, words: readonly string[]): void {
  if (!session.world.stdout.isTTY) return
  const { rehearsal, world } = session
  const line = commandAs(renderShellWords(words), invocationOf(world.env, rehearsal !== undefined))
  say(session, 'faint', `A shell that evaluates this follows it: eval "$(${line})"`)
}
