import type { Lint } from '../../src/guard/finding.ts'
import type { Aws } from '../../src/ports/aws.ts'
import type { Programs } from '../../src/ports/programs.ts'

const refuse = (what: string) => () => Promise.reject(new Error(`no ${what} here`))

/** For tests of what scans nothing. */
export const noLint: Lint = refuse('guard')

/** Programs and AWS for tests in which nobody may ask for them. */
export const noPrograms: Programs = { attach: refuse('terminal'), detach: refuse('background') }
export const noAws: Aws = {
  credentials: refuse('AWS'),
  profiles: refuse('AWS'),
  signInOf: refuse('AWS'),
  callerIdentity: refuse('AWS'),
  podIdentityAssociations: refuse('AWS'),
  session: refuse('AWS'),
  registryToken: refuse('AWS'),
  startDeviceSignIn: refuse('AWS'),
  canPush: refuse('AWS'),
  describeCluster: refuse('AWS'),
  listClusters: refuse('AWS'),
  readObject: refuse('AWS'),
  readText: refuse('AWS'),
  readKeyset: refuse('AWS'),
  signClientCertificate: refuse('AWS'),
}
