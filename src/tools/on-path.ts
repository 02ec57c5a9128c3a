import { parse } from 'semver'
import type { Command, Exec, Ran } from '../ports/exec.ts'
import { type Problem, problem } from '../problems/problem.ts'
import { programMissing, toolOnPathDiffers } from '../problems/tools.ts'
import type { ToolName } from './release.ts'

/** A version question is answered in under a second; a program that needs longer is not what it seems. */
const timeoutMs = 15_000

/**
 * Asks a program its own version, without reaching for a cluster. minikube makes its empty home folder for it when
 * there is none yet [recorded 002]; a user who has minikube on PATH and lets it serve has one.
 */
function versionArgs(tool: ToolName, program: string): Command {
  const args = tool === 'minikube' ? ['version', '-o', 'json'] : ['version', '--client', '-o', 'json']
  // A person's kuberc can turn kubectl's output into another form.
  return { tool, program, args, env: { KUBERC: 'off' }, changes: false }
}

/** The version in a tool's JSON answer, with `v`; undefined when it does not say one. */
export function parseVersion(tool: ToolName, stdout: string): string | undefined {
  const answer = objectOf(stdout)
  const said =
    tool === 'minikube'
      ? answer['minikubeVersion']
      : (answer['clientVersion'] as { readonly gitVersion?: unknown } | undefined)?.gitVersion
  const version = typeof said === 'string' ? parse(said) : null
  return version === null ? undefined : `v${version.version}`
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    // Not JSON: some other program of that name. The caller reports it as one that does not say its version.
    return {}
  }
}

/**
 * Whether a version may serve where `wanted` is asked for. minikube: exactly, since its behaviour differs from
 * release to release. kubectl: one minor version to either side, which is what Kubernetes supports between it and
 * the API server (https://kubernetes.io/releases/version-skew-policy/#kubectl).
 */
export function isCompatible(tool: ToolName, version: string, wanted: string): boolean {
  const [has, needs] = [parse(version), parse(wanted)]
  if (has === null || needs === null) return false
  if (tool === 'minikube') return has.compare(needs) === 0
  return has.major === needs.major && Math.abs(has.minor - needs.minor) <= 1
}

/** Asks `program` for its version; undefined when it has none to say. Rejects with the signal's reason. */
export async function versionOf(
  tool: ToolName,
  program: string,
  exec: Exec,
  signal: AbortSignal,
): Promise<string | undefined> {
  return readVersion(tool, await ask(tool, program, exec, signal))
}

async function ask(tool: ToolName, program: string, exec: Exec, signal: AbortSignal): Promise<Ran> {
  const ran = await exec.run(versionArgs(tool, program), { timeoutMs, signal })
  if (ran.outcome === 'aborted') signal.throwIfAborted()
  return ran
}

function readVersion(tool: ToolName, ran: Ran): string | undefined {
  return ran.outcome === 'exited' && ran.exitCode === 0 ? parseVersion(tool, ran.stdout) : undefined
}

/** Asks `program` for its version and compares. */
export async function checkVersion(
  tool: ToolName,
  program: string,
  wanted: string,
  exec: Exec,
  signal: AbortSignal,
): Promise<{ readonly version: string } | { readonly problem: Problem }> {
  const ran = await ask(tool, program, exec, signal)
  if (ran.outcome === 'not-found') {
    const detail = `${program} is not there any more.`
    return { problem: problem(programMissing, { detail, next: [`command -v ${tool}`] }) }
  }
  const version = readVersion(tool, ran)
  if (version !== undefined && isCompatible(tool, version, wanted)) return { version }
  return { problem: misfit(tool, program, wanted, version, ran) }
}

function misfit(
  tool: ToolName,
  program: string,
  wanted: string,
  version: string | undefined,
  ran: Ran,
): Problem {
  const rule = tool === 'minikube' ? `exactly ${wanted}` : `within one minor version of ${wanted}`
  const has = version === undefined ? 'does not say its version' : `is ${version}`
  const evidence = ran.stderr
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-3)
  return problem(toolOnPathDiffers, {
    detail: `${program} ${has}; the profile needs ${rule}.`,
    next: [versionArgs(tool, program).args.reduce((text, arg) => `${text} ${arg}`, program)],
    ...(version === undefined && evidence.length > 0 && { evidence }),
  })
}
