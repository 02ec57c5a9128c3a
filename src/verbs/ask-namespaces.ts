import {
  findNamespace,
  listNamespaces,
  namespacesTimeoutMs,
  type NamespacesTarget,
  parseNamespaces,
  whyNot,
} from '../kube/namespaces.ts'
import type { Command } from '../ports/exec.ts'
import { contextLocked } from '../problems/credentials.ts'
import type { Session } from './session.ts'

/** What the cluster says; or why it did not. */
export type Asked<T> =
  | { readonly answer: T }
  | {
      readonly unanswered: readonly string[]
      /** It was not asked at all: `devk8s token` has withheld the credentials. */
      readonly isLocked?: true
    }

/** All namespaces of the context's cluster. */
export async function askNamespaces(session: Session, context: string): Promise<Asked<readonly string[]>> {
  return ask(session, context, listNamespaces, (stdout) => parseNamespaces(stdout))
}

/** Whether the context's cluster has the namespace. */
export async function hasNamespace(session: Session, context: string, name: string): Promise<Asked<boolean>> {
  return ask(
    session,
    context,
    (target) => findNamespace(target, name),
    (stdout) => parseNamespaces(stdout).length > 0,
  )
}

async function ask<T>(
  session: Session,
  context: string,
  commandFor: (target: NamespacesTarget) => Command,
  read: (stdout: string) => T,
): Promise<Asked<T>> {
  const { ports, layout, world, signal } = session
  const program = await kubectlProgram(session)
  if (program === undefined)
    return { unanswered: ['There is no kubectl: neither on PATH nor among the tools of devk8s.'] }
  const kubeconfig = layout.userKubeconfig.join(world.platform === 'win32' ? ';' : ':')
  const ran = await ports.exec.run(commandFor({ program, context, kubeconfig }), {
    timeoutMs: namespacesTimeoutMs,
    signal,
  })
  if (ran.outcome === 'aborted') signal.throwIfAborted()
  if (ran.outcome === 'exited' && ran.exitCode === 0) return { answer: read(ran.stdout) }
  // kubectl hands on what its credential plugin says, and the code in it never changes.
  const isLocked = new RegExp(String.raw`\b${contextLocked.code}\b`).test(ran.stderr)
  return { unanswered: whyNot(ran), ...(isLocked ? { isLocked } : {}) }
}

/** kubectl on PATH, else the latest one that devk8s has downloaded for its own use. */
async function kubectlProgram({ ports, layout, world }: Session): Promise<string | undefined> {
  const onPath = await ports.exec.find('kubectl')
  if (onPath !== undefined) return onPath
  const windows = world.platform === 'win32'
  const folder = [layout.data, 'tools', 'kubectl'].join(windows ? '\\' : '/')
  const { compare } = new Intl.Collator('en', { numeric: true })
  const [latest] = (await ports.files.list(folder))
    .filter((name) => /^v\d/.test(name))
    .toSorted((a, b) => compare(b, a))
  if (latest === undefined) return undefined
  return [folder, latest, windows ? 'kubectl.exe' : 'kubectl'].join(windows ? '\\' : '/')
}
