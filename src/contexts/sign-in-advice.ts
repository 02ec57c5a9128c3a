import { DevK8sError, isDevK8sError, type Problem } from '../problems/problem.ts'
import type { RemoteContextSpec } from '../profile/profile.ts'

/** The AWS profile that a context names for itself. */
export const awsProfileOf = ({ eks, kops }: Pick<RemoteContextSpec, 'eks' | 'kops'>): string | undefined =>
  eks?.awsProfile ?? kops?.awsProfile

/**
 * What is done with an AWS profile that a context or a rule names. `devk8s aws login` alone would sign the team's own
 * profile in, so whatever fails advises to sign in with this one.
 * @throws what `work` throws, with its commands so changed.
 */
export async function asContext<T>(awsProfile: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (awsProfile === undefined || !isDevK8sError(error)) throw error
    const { renderShellWords } = await import('../cli/shell-words.ts')
    const login = renderShellWords(['devk8s', 'aws', 'login', '--aws-profile', awsProfile])
    const named = (problem: Problem): Problem => ({
      ...problem,
      next: problem.next.map((line) => (line === 'devk8s aws login' ? login : line)),
    })
    const [first, ...more] = error.problems
    throw new DevK8sError([named(first), ...more.map(named)], { cause: error })
  }
}
