import { readContexts } from '../contexts/state.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { askNamespaces, hasNamespace } from './ask-namespaces.ts'
import { KubectxError, printList, sayDone, selfName, shown } from './kubectx-say.ts'
import type { KubensWish } from './kubectx-words.ts'
import { changeNamespace, defaultNamespace } from './namespaces.ts'
import type { Session } from './session.ts'

/** What kubens does, by devk8s' own reading and writing and the person's kubectl. */
export async function runKubens(session: Session, wish: KubensWish): Promise<number> {
  switch (wish.kind) {
    case 'wrong':
      throw new KubectxError(wish.text)
    case 'help':
      return printHelp(session)
    case 'version':
      session.world.stdout.write(`${session.world.version}\n`)
      return 0
    case 'list':
    case 'pick':
      return list(session, wish.kind === 'pick')
    case 'current':
      session.world.stdout.write(`${namespaceOf((await here(session)).context)}\n`)
      return 0
    case 'unset':
      return use(session, defaultNamespace, '.')
    case 'switch':
      return switchTo(session, wish)
  }
}

const namespaceOf = ({ namespace = defaultNamespace }: ContextInFile) => namespace

async function here(session: Session) {
  const state = await readContexts(session)
  const { current, contexts } = state.view
  if (current === undefined) throw new KubectxError('current-context is not set')
  const context = contexts.find(({ name }) => name === current.name)
  if (context === undefined) throw new KubectxError(`context with name "${current.name}" not found`)
  return { state, context }
}

async function list(session: Session, picks: boolean): Promise<number> {
  const { context } = await here(session)
  const asked = await askNamespaces(session, context.name)
  if ('unanswered' in asked) {
    throw new KubectxError(
      `could not list namespaces (is the cluster accessible?): ${asked.unanswered.join('\n')}`,
    )
  }
  const current = namespaceOf(context)
  if (!picks) {
    printList(session, asked.answer, current)
    return 0
  }
  if (asked.answer.length === 0) throw new KubectxError('no namespaces found')
  const { askFzf } = await import('./kubectx-fzf.ts')
  return use(session, await askFzf(session, asked.answer, current), '.')
}

async function switchTo(
  session: Session,
  { name, force }: { readonly name: string; readonly force: boolean },
): Promise<number> {
  const { state, context } = await here(session)
  const before = Object.hasOwn(state.past.namespaces, context.name)
    ? state.past.namespaces[context.name]
    : undefined
  if (name === '-' && before === undefined) {
    throw new KubectxError(`No previous namespace found for current context (${context.name})`)
  }
  const wanted = name === '-' && before !== undefined ? before : name
  if (!force) {
    const asked = await hasNamespace(session, context.name, wanted)
    if ('unanswered' in asked) {
      const why = asked.unanswered.join('\n')
      throw new KubectxError(`failed to query if namespace exists (is cluster accessible?): ${why}`)
    }
    if (!asked.answer) throw new KubectxError(`no namespace exists with name "${wanted}"`)
  }
  return use(session, wanted, '')
}

/** @param stop what kubens puts behind the line: a full stop in some cases. */
async function use(session: Session, namespace: string, stop: '' | '.'): Promise<number> {
  const { state, context } = await here(session)
  await changeNamespace(session, state, context, namespace)
  sayDone(session, `Active namespace is "${shown(session, namespace)}"${stop}`)
  return 0
}

function printHelp(session: Session): number {
  const self = selfName(session, 'kubens')
  const usage: readonly (readonly [string, string])[] = [
    ['', 'list the namespaces of the current context'],
    ['NAME', 'change the namespace of the current context'],
    ['NAME -f, --force', 'the same, whether there is such a namespace or not'],
    ['-', 'change to the namespace before'],
    ['-c, --current', 'print the current namespace'],
    ['-u, --unset', "change to 'default'"],
    ['-h, --help', 'print this'],
    ['-V, --version', 'print the version'],
  ]
  const lines = usage.map(([words, what]) => `  ${`${self} ${words}`.padEnd(self.length + 20)}: ${what}\n`)
  session.world.stdout.write(`Switch between Kubernetes namespaces.\n\nUSAGE:\n${lines.join('')}`)
  return 0
}
