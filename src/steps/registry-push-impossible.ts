import { renderShellWords } from '../cli/shell-words.ts'
import type { Finding, Runner, StepContext, Wants } from '../plan/step.ts'
import type { Verdict } from '../ports/aws.ts'
import type { Note } from '../ports/event.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { type PushWay, pushWaysIn } from '../registry/docker-config.ts'
import { repositoriesOf } from '../registry/policies.ts'

type Want = Readonly<Wants['registry-push.impossible']>

const ecrHelper = 'docker-credential-ecr-login'

/**
 * Whether an image of this machine could get into the team's registries: by docker's own means, and by what IAM says of
 * the person. Nothing here is a fault of the cluster, so it warns and never stands in the way. devk8s itself never runs
 * `docker login`, and takes nobody's away.
 */
export const runner: Runner<'registry-push.impossible'> = {
  lane: 'host',
  settleMs: 0,

  async check({ want }, context): Promise<Finding> {
    const [docker, verdicts] = await Promise.all([dockerNotes(want, context), verdictsOf(want, context)])
    return {
      state: 'ready',
      notes: [...docker, ...verdictNotes(verdicts)],
      detail: {
        docker: docker.length === 0 ? 'no way' : 'has a way',
        iam: Object.fromEntries(verdicts.map(({ arn, verdict }) => [arn, verdict])),
      },
    }
  },

  // Whose logins and rights these are is for people to decide.
  async apply() {},
}

async function dockerNotes({ dockerConfig }: Want, context: StepContext): Promise<readonly Note[]> {
  const { ports, env } = context
  const sources = [
    { name: dockerConfig, text: await ports.files.readText(dockerConfig) },
    // Read by docker's client since 28.3, beside its file (docker CLI reference, environment variables).
    { name: 'DOCKER_AUTH_CONFIG', text: env['DOCKER_AUTH_CONFIG'] || undefined },
  ]
  const found = sources.flatMap(({ name, text }) =>
    text === undefined ? [] : [{ name, ways: pushWaysIn(text) }],
  )
  const told = found.flatMap(({ name, ways }) =>
    ways === undefined
      ? [warning(`${name} is no JSON, so docker’s logins to ECR are not known.`)]
      : ways.map((way) => warning(wayText(way, name))),
  )
  const helper = await ports.exec.find(ecrHelper)
  const isUsed = found.some(({ ways = [] }) => ways.some(({ helper: named }) => named !== undefined))
  if (helper === undefined || isUsed) return told
  return [
    ...told,
    {
      level: 'info',
      text: `${helper} is installed but not used: ${dockerConfig} names it for no registry of ECR.`,
    },
  ]
}

function wayText({ kind, host, key, helper }: PushWay, file: string): string {
  switch (kind) {
    case 'login':
      return `A push to ${host ?? 'ECR'} is possible: docker has a login for it, good for twelve hours each time (${key} in ${file}). ${renderShellWords(['docker', 'logout', host ?? ''])} ends it; pods do not need it.`
    case 'helper':
      return `A push to ${host ?? 'ECR'} is possible: docker asks docker-credential-${helper ?? ''} for it (${key} in ${file}). What it hands out for a pull is good for a push.`
    case 'store':
      return `A push to every registry of ECR is possible: docker asks ${ecrHelper} (${key} in ${file}). What it hands out for a pull is good for a push.`
  }
}

interface Judged {
  /** Of all repositories in one region. */
  readonly arn: string
  readonly verdict: Verdict
  /** Why AWS was not asked, or said nothing. */
  readonly why?: string
}

/**
 * What IAM says of the person, region by region side by side: docker on this machine pushes with the person's own
 * identity, whatever role the cluster's pull secrets are made with. Who is not signed in, or may not ask, is told so.
 */
async function verdictsOf(
  { source, registries }: Want,
  { ports, signal }: StepContext,
): Promise<readonly Judged[]> {
  const { roleArn: _cluster, ...person } = source
  const asked = registries.flatMap(({ account, regions }) =>
    regions.map((region) => ({ region, arn: repositoriesOf(account, region) })),
  )
  return Promise.all(
    asked.map(async ({ region, arn }): Promise<Judged> => {
      try {
        return { arn, verdict: await ports.aws.canPush({ ...person, region, repositoryArn: arn }, signal) }
      } catch (error) {
        if (!isDevK8sError(error)) throw error
        return { arn, verdict: 'unknown', why: `${error.problems[0].code}, ${error.problems[0].title}` }
      }
    }),
  )
}

/** Of session policies and those of an organization the simulation sees a part only (IAM, SimulatePrincipalPolicy). */
function verdictNotes(verdicts: readonly Judged[]): readonly Note[] {
  const allowed = verdicts.filter(({ verdict }) => verdict === 'allowed').map(({ arn }) => arn)
  const unknown = verdicts.filter(({ verdict }) => verdict === 'unknown')
  const reasons = [...new Set(unknown.flatMap(({ why }) => (why === undefined ? [] : [why])))]
  return [
    ...(allowed.length === 0
      ? []
      : [
          warning(
            `IAM lets this identity push to ${allowed.join(', ')}. devk8s guard policy prints policies under which only CI can. Session policies, and those of an organization or a repository, may forbid it all the same: IAM’s simulation does not see all of them.`,
          ),
        ]),
    ...(unknown.length === 0
      ? []
      : [
          {
            level: 'info',
            text: `Whether IAM lets this identity push to ${unknown.map(({ arn }) => arn).join(', ')} is not known: ${
              reasons.length === 0
                ? 'it may not ask (iam:SimulatePrincipalPolicy, iam:GetRole)'
                : reasons.join('; ')
            }.`,
          } as const,
        ]),
  ]
}

const warning = (text: string): Note => ({ level: 'warning', text })
