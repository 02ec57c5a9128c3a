import { DevK8sError, isDevK8sError } from '../problems/problem.ts'
import { currentContextOf, runKubectx } from './kubectx-contexts.ts'
import { parseKubectx, parseKubens } from './kubectx-words.ts'
import { KubectxError, sayError, warnOfOldVariables } from './kubectx-say.ts'
import type { Verb } from './session.ts'

type KubectxSession = Parameters<Verb<'kubectx'>>[0]

/** Called by the name of kubectx or kubens: their flags, output, streams and exit codes (facts sheet, 3.1). */
export const kubectx: Verb<'kubectx'> = async (session) => {
  warnOfOldVariables(session)
  try {
    await refuseInIsolatedShell(session)
    return { exit: await run(session) }
  } catch (error) {
    if (error instanceof KubectxError) {
      sayError(session, error.message)
      return { exit: 1 }
    }
    throw isDevK8sError(error) ? withExitOne(error) : error
  }
}

async function run(session: KubectxSession): Promise<number> {
  const { as, words } = session.request
  if (as === 'kubectx') return runKubectx(session, parseKubectx(words, await isInteractive(session)))
  const { runKubens } = await import('./kubectx-namespaces.ts')
  return runKubens(session, parseKubens(words, await isInteractive(session)))
}

/** kubectx asks fzf whenever stdout is a terminal, fzf is there, and nobody has said no to it. */
async function isInteractive({ env, world, ports, request }: KubectxSession): Promise<boolean> {
  const [first = '-s', second] = request.words
  if (second !== undefined || !asking.has(first)) return false
  if (!world.stdout.isTTY || (env['KUBECTX_IGNORE_FZF'] ?? '') !== '') return false
  return (await ports.exec.find('fzf')) !== undefined
}

/** What opens a list when no name follows. */
const asking: ReadonlySet<string> = new Set(['-s', '--shell', '-d'])

/** In a shell of the real kubectx -s every change is refused, and so by us. */
async function refuseInIsolatedShell(session: KubectxSession): Promise<void> {
  const { env, request } = session
  const isHarmless = request.words.length === 1 && /^(-h|--help|-V|--version)$/.test(request.words[0] ?? '')
  if (env['KUBECTX_ISOLATED_SHELL'] !== '1' || request.as === 'kubens' || isHarmless) return
  const current = await currentContextOf(session)
  throw new KubectxError(`you are in a locked single-context shell ("${current}"), use 'exit' to leave`)
}

/** Whatever goes wrong, both end with 1. */
function withExitOne({ problems }: DevK8sError): DevK8sError {
  const [first, ...others] = problems
  return new DevK8sError([{ ...first, exit: 1 }, ...others])
}
