import * as agent from './agent.ts'
import * as aws from './aws.ts'
import * as awsImport from './aws-import.ts'
import * as awsSignIn from './aws-sign-in.ts'
import * as broker from './broker.ts'
import * as bugs from './bugs.ts'
import * as cluster from './cluster.ts'
import * as contexts from './contexts.ts'
import * as credentials from './credentials.ts'
import * as guard from './guard.ts'
import * as host from './host.ts'
import * as images from './images.ts'
import * as kubeconfig from './kubeconfig.ts'
import * as kubernetes from './kubernetes.ts'
import * as network from './network.ts'
import * as pods from './pods.ts'
import type { ProblemKind } from './problem.ts'
import * as profile from './profile.ts'
import * as registryCheck from './registry-check.ts'
import * as roles from './roles.ts'
import * as state from './state.ts'
import * as switching from './switching.ts'
import * as tools from './tools.ts'
import * as usage from './usage.ts'

/** Every problem there is, by code. For pages, completion and tests; nothing that runs a command loads it. */
export const registry: readonly ProblemKind[] = [
  tools,
  profile,
  usage,
  cluster,
  kubernetes,
  kubeconfig,
  contexts,
  switching,
  credentials,
  aws,
  awsSignIn,
  broker,
  images,
  registryCheck,
  pods,
  roles,
  agent,
  awsImport,
  guard,
  host,
  network,
  state,
  bugs,
]
  .flatMap((family) => Object.values<unknown>(family))
  .filter(
    (value): value is ProblemKind =>
      typeof value === 'object' && value !== null && 'code' in value && 'hint' in value,
  )
  .toSorted((a, b) => a.code.localeCompare(b.code))
