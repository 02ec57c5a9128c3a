import type { TokenWants } from '../cli/request.ts'
import { awsRegionMissing } from '../problems/aws.ts'
import { type Problem, problem } from '../problems/problem.ts'
import { flagNeedsAnother, flagsInConflict, missingWord, valueNotAllowed } from '../problems/usage.ts'

/** The one way of signing in that was asked for, with all that it needs. */
export type TokenMode =
  | { readonly kind: 'eks'; readonly cluster: string; readonly region: string }
  | { readonly kind: 'kops'; readonly cluster: string; readonly stateStore: string }
  | { readonly kind: 'token-file'; readonly path: string }
  | { readonly kind: 'token-env'; readonly name: string }
  | { readonly kind: 'certificate'; readonly certificatePath: string; readonly keyPath: string }
  | { readonly kind: 'plugin'; readonly program: string; readonly args: readonly string[] }

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Which of the ways it is. Exactly one must be asked for.
 * @param cwd what relative paths start from.
 */
export function tokenMode(
  wants: TokenWants,
  env: Environment,
  cwd: string,
): { readonly mode: TokenMode } | { readonly problem: Problem } {
  const asked = waysAsked(wants)
  const [first, second] = asked
  if (first === undefined) {
    const detail = `Which credentials was not said; one of ${ways.map(([flag]) => flag).join(', ')} says it.`
    return { problem: problem(missingWord, { detail, next: ['devk8s token --help'] }) }
  }
  if (second !== undefined) {
    const detail = `${first} and ${second} are two ways of signing in; devk8s token hands out one credential.`
    return { problem: problem(flagsInConflict, { detail, next: ['devk8s token --help'] }) }
  }
  return modeOf(wants, env, (path) => (/^(?:[A-Za-z]:)?[/\\]/.test(path) ? path : `${cwd}/${path}`))
}

const ways: readonly (readonly [string, (wants: TokenWants) => boolean])[] = [
  ['--cluster', ({ cluster, clusterId }) => cluster !== undefined || clusterId !== undefined],
  ['--kops', ({ kops }) => kops !== undefined],
  ['--token-file', ({ tokenFile }) => tokenFile !== undefined],
  ['--token-env', ({ tokenEnv }) => tokenEnv !== undefined],
  [
    '--client-certificate',
    ({ clientCertificate, clientKey }) => clientCertificate !== undefined || clientKey !== undefined,
  ],
  ['-- PLUGIN', ({ plugin }) => plugin.length > 0],
]

function waysAsked(wants: TokenWants): readonly string[] {
  return ways.flatMap(([flag, isAsked]) => (isAsked(wants) ? [flag] : []))
}

function modeOf(
  wants: TokenWants,
  env: Environment,
  absolute: (path: string) => string,
): { readonly mode: TokenMode } | { readonly problem: Problem } {
  const { cluster, clusterId, kops, stateStore, tokenFile, tokenEnv, clientCertificate, clientKey } = wants
  // Clusters on Outposts sign for their id (facts kubeconfig, 7); the name beside it is for people.
  const eks = clusterId ?? cluster
  if (eks !== undefined) return eksMode(eks, wants.region, env)
  if (kops !== undefined) {
    const store = stateStore ?? env['KOPS_STATE_STORE']
    if (store === undefined || store === '') return needsAnother('--kops', '--state-store s3://BUCKET')
    return { mode: { kind: 'kops', cluster: kops, stateStore: store } }
  }
  if (tokenFile !== undefined) return { mode: { kind: 'token-file', path: absolute(tokenFile) } }
  if (tokenEnv !== undefined) return { mode: { kind: 'token-env', name: tokenEnv } }
  const [program, ...args] = wants.plugin
  if (program !== undefined) return { mode: { kind: 'plugin', program, args } }
  if (clientCertificate === undefined) return needsAnother('--client-key', '--client-certificate PATH')
  if (clientKey === undefined) return needsAnother('--client-certificate', '--client-key PATH')
  return {
    mode: { kind: 'certificate', certificatePath: absolute(clientCertificate), keyPath: absolute(clientKey) },
  }
}

function needsAnother(flag: string, other: string): { readonly problem: Problem } {
  return { problem: problem(flagNeedsAnother, { detail: `${flag} needs ${other} as well.` }) }
}

function eksMode(
  cluster: string,
  asked: string | undefined,
  env: Environment,
): { readonly mode: TokenMode } | { readonly problem: Problem } {
  const region = asked || env['AWS_REGION'] || env['AWS_DEFAULT_REGION']
  if (region === undefined || region === '') {
    const detail = `The region of the EKS cluster ${cluster} is not known: add --region, or set AWS_REGION.`
    return {
      problem: problem(awsRegionMissing, {
        detail,
        next: [`devk8s token --cluster ${cluster} --region eu-west-1`],
      }),
    }
  }
  // The region becomes a part of a host name.
  if (!/^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/.test(region)) {
    const detail = `“${region}” is no AWS region; one looks like eu-west-1.`
    return { problem: problem(valueNotAllowed, { detail }) }
  }
  if (!/^[0-9A-Za-z][\w-]{0,99}$/.test(cluster)) {
    const detail = `“${cluster}” is no name of an EKS cluster: letters, digits, dashes and underscores, 100 at most.`
    return { problem: problem(valueNotAllowed, { detail }) }
  }
  return { mode: { kind: 'eks', cluster, region } }
}
