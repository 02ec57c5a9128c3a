import { execa } from 'execa'
import { realKubectl } from './kubectl.ts'

/** The API server of DEVK8S_TEST_KUBECONFIG, where only one can say what a policy does. */
export interface ApiServer {
  run(
    args: readonly string[],
    input?: string,
  ): Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }>
  /** @throws Error with what kubectl says. */
  apply(objects: readonly unknown[]): Promise<void>
  /** Objects as they would be admitted. @throws Error with what kubectl says. */
  dryRun<T>(objects: readonly unknown[]): Promise<readonly T[]>
  /** The newest version of the API that serves the kind; a server may know it in several. */
  policyVersion(): Promise<string | undefined>
}

/** Undefined where no server is named, or there is no kubectl. */
export async function apiServer(): Promise<ApiServer | undefined> {
  const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
  if (kubeconfig === undefined) return undefined
  const kubectl = await realKubectl()
  if (!('path' in kubectl)) return undefined
  const run: ApiServer['run'] = async (args, input = '') => {
    const ran = await execa(kubectl.path, args, { input, reject: false, env: { KUBECONFIG: kubeconfig } })
    return { stdout: ran.stdout, stderr: ran.stderr, exitCode: ran.exitCode ?? -1 }
  }
  const asked = async (args: readonly string[], objects: readonly unknown[]) => {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
    const { stdout, stderr, exitCode } = await run([...args, '-f', '-'], list)
    if (exitCode !== 0) throw new Error(stderr)
    return stdout
  }
  return {
    run,
    async apply(objects) {
      await asked(['apply', '--server-side', '--force-conflicts'], objects)
    },
    async dryRun<T>(objects: readonly unknown[]) {
      const stdout = await asked(['create', '--dry-run=server', '-o', 'json'], objects)
      // `create` prints one document behind the other, where `get` would print a List.
      return JSON.parse(`[${stdout.replaceAll(/^\}\n\{/gm, '},{')}]`) as readonly T[]
    },
    async policyVersion() {
      const { stdout } = await run([
        'api-resources',
        '--api-group=admissionregistration.k8s.io',
        '--no-headers',
      ])
      const line = stdout.split('\n').find((each) => each.startsWith('mutatingadmissionpolicies '))
      return /admissionregistration\.k8s\.io\/\w+/.exec(line ?? '')?.[0]
    },
  }
}
