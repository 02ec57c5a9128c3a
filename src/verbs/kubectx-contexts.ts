import { visitedBefore, withVisit } from '../contexts/history.ts'
import { moveTo } from '../contexts/move.ts'
import { type ContextState, readContexts, remember } from '../contexts/state.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { agreeAsKubectx } from './kubectx-agree.ts'
import { KubectxError, printList, sayDone, sayWarning, selfName, shown } from './kubectx-say.ts'
import type { KubectxWish } from './kubectx-words.ts'
import type { Session } from './session.ts'

/** What kubectx does, by devk8s' own reading and writing. Names are taken as they are, as kubectx takes them. */
export async function runKubectx(session: Session, wish: KubectxWish): Promise<number> {
  switch (wish.kind) {
    case 'wrong':
      throw new KubectxError(wish.text)
    case 'help':
      return printHelp(session)
    case 'version':
      session.world.stdout.write(`${session.world.version}\n`)
      return 0
    case 'list':
      return list(session)
    case 'pick':
      return pick(session, wish.purpose)
    case 'switch':
      return switchTo(session, wish.name)
    case 'shell':
      return shell(session, wish.name)
    case 'read-only':
      throw new KubectxError(
        'devk8s has no read-only proxy. A protected context (protected: true in the profile) is read-only until it is unlocked, whatever program uses it; eval "$(devk8s env NAME)" binds a shell to a context.',
      )
    case 'delete':
      await (await import('./kubectx-change.ts')).deleteAll(session, wish.names)
      return 0
    case 'rename':
      await (await import('./kubectx-change.ts')).rename(session, wish)
      return 0
    case 'current':
      session.world.stdout.write(`${await mustBeCurrent(session)}\n`)
      return 0
    case 'unset':
      await moveTo(session, await readContexts(session), { context: undefined })
      sayDone(session, 'Active context unset for kubectl.')
      return 0
  }
}

/** The name that is in force, whether or not there is such a context; '' for none. */
export async function currentContextOf(session: Session): Promise<string> {
  return (await readContexts(session)).view.current?.name ?? ''
}

async function mustBeCurrent(session: Session): Promise<string> {
  const name = await currentContextOf(session)
  if (name === '') throw new KubectxError('current-context is not set')
  return name
}

/** Names as people count: `node-2` before `node-10`. */
const byName = (contexts: readonly ContextInFile[]) =>
  contexts.map(({ name }) => name).toSorted(new Intl.Collator('en', { numeric: true }).compare)

async function list(session: Session): Promise<number> {
  const { view, files } = await readContexts(session)
  if (files.every(({ text }) => text === undefined)) sayWarning(session, 'kubeconfig file not found')
  printList(session, byName(view.contexts), view.current?.name)
  return 0
}

async function pick(session: Session, purpose: 'switch' | 'delete' | 'shell'): Promise<number> {
  const { view } = await readContexts(session)
  if (view.contexts.length === 0) throw new KubectxError('no contexts found in the kubeconfig file')
  const { askFzf } = await import('./kubectx-fzf.ts')
  const choice = await askFzf(session, byName(view.contexts), view.current?.name)
  switch (purpose) {
    case 'switch':
      return switchTo(session, choice)
    case 'shell':
      return shell(session, choice)
    case 'delete':
      await (await import('./kubectx-change.ts')).deleteAll(session, [choice])
      return 0
  }
}

async function switchTo(session: Session, word: string): Promise<number> {
  const state = await readContexts(session)
  const name = word === '-' ? nameBefore(state) : word
  const context = state.view.contexts.find((each) => each.name === name)
  if (context === undefined) {
    throw new KubectxError(`failed to switch context: no context exists with the name: "${name}"`)
  }
  await agreeAsKubectx(session, context, {
    doing: 'to switch to it',
    command: `devk8s switch ${name} --yes-prod`,
  })
  const from = state.view.current?.name
  await moveTo(session, state, { context })
  if (from !== undefined && from !== name) {
    await remember(session, state, (history) =>
      withVisit(history, state.key, { name: from, at: session.ports.clock.now() }),
    )
  }
  sayDone(session, `Switched to context "${shown(session, name)}".`)
  return 0
}

function nameBefore({ past, view }: ContextState): string {
  const [latest] = visitedBefore(past, view.current?.name)
  if (latest === undefined) throw new KubectxError('failed to switch context: no previous context found')
  return latest.name
}

async function shell(session: Session, name: string): Promise<number> {
  const { view } = await readContexts(session)
  const context = view.contexts.find((each) => each.name === name)
  if (context === undefined)
    throw new KubectxError(`no context exists with the name: ${JSON.stringify(name)}`)
  await agreeAsKubectx(session, context, {
    doing: 'to start a shell for it',
    command: `devk8s switch ${name} --shell --yes-prod`,
  })
  const { runSubShell } = await import('./sub-shell.ts')
  return (await runSubShell(session, context, undefined)).exit
}

function printHelp(session: Session): number {
  const self = selfName(session, 'kubectx')
  const usage: readonly (readonly [string, string])[] = [
    ['', 'list the contexts'],
    ['NAME', 'switch to the context'],
    ['-', 'switch to the context before'],
    ['-s, --shell [NAME]', 'start a shell bound to a context'],
    ['-c, --current', 'print the name of the current context'],
    ['-u, --unset', 'leave no context current'],
    ['NEW=NAME', 'rename a context; . is the current one'],
    ['-d NAME [NAME...]', 'delete contexts; . is the current one; clusters and users stay'],
    ['-h, --help', 'print this'],
    ['-V, --version', 'print the version'],
  ]
  const lines = usage.map(([words, what]) => `  ${`${self} ${words}`.padEnd(self.length + 22)}: ${what}\n`)
  session.world.stdout.write(`Manage and switch between kubectl contexts.\n\nUSAGE:\n${lines.join('')}`)
  return 0
}
