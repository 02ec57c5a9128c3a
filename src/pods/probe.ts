import { callTimeoutMs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import type { KubeObject } from '../kube/object.ts'
import type { KubectlRef, StepContext } from '../plan/step.ts'
import type { Problem } from '../problems/problem.ts'
import { fullUri, fullUriVariable } from '../roles/injection.ts'
import { awsLabel, keysAnnotation, pullSecret } from './names.ts'

/** What a pod that asks for everything got from the policies. */
export interface Probed {
  /** Keys in its environment. */
  readonly keys: boolean
  /** The address of the agent. */
  readonly identity: boolean
  readonly pull: boolean
}

/**
 * A pod that no policy and no quota keeps out: it is never run, so it may ask for next to nothing. Namespaces of Pod
 * Security level `restricted` admit it.
 */
function probePod(namespace: string): KubeObject {
  const little = { cpu: '1m', memory: '1Mi' }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'devk8s-aws-probe', namespace, labels: { [awsLabel]: 'on' } },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'probe',
          image: '000000000000.dkr.ecr.us-east-1.amazonaws.com/probe',
          resources: { requests: little, limits: little },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  }
}

/**
 * Lets the API server admit a pod without keeping it (`--dry-run=server`): the only way to see whether policies are in
 * effect, since they have no status, and take seconds to be picked up (facts aws, 5, trap 4).
 */
export async function probe(
  kubectl: KubectlRef,
  namespace: string,
  { ports, signal }: Pick<StepContext, 'ports' | 'signal'>,
): Promise<Probed | { readonly problem: Problem }> {
  const command = kubectlCommand(kubectl, ['create', '--dry-run=server', '-o', 'json', '-f', '-'], {
    changes: false,
    stdin: JSON.stringify(probePod(namespace)),
  })
  const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
  const parsed = parseObjects(ran, kubectl)
  if ('problem' in parsed) return parsed
  const [pod] = parsed.objects
  const spec = pod?.['spec'] as ProbedSpec | undefined
  return {
    keys: pod?.metadata.annotations?.[keysAnnotation] !== undefined,
    identity:
      spec?.containers?.[0]?.env?.some(({ name, value }) => name === fullUriVariable && value === fullUri) ===
      true,
    pull: spec?.imagePullSecrets?.some(({ name }) => name === pullSecret) === true,
  }
}

interface ProbedSpec {
  readonly imagePullSecrets?: readonly { readonly name?: string }[]
  readonly containers?: readonly {
    readonly env?: readonly { readonly name?: string; readonly value?: string }[]
  }[]
}
