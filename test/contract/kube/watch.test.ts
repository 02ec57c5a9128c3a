import { describe, expect, test } from 'vitest'
import { handleApi } from '../../../src/simulator/kube-api/api.ts'
import { kindNamed } from '../../../src/simulator/kube-api/kinds.ts'
import { type KubeObject } from '../../../src/simulator/kube-api/object.ts'
import {
  deleteObject,
  emptyStore,
  type KubeStore,
  putNamespace,
  putObject,
} from '../../../src/simulator/kube-api/store.ts'
import { type Call, kubectl, type KubectlResult } from '../../../src/simulator/kubectl/kubectl.ts'
import { watchOnce } from '../../../src/simulator/kubectl/watch.ts'
import { kubeRecording } from '../../fakes/kube-recording.ts'
import { contractNow } from '../../fakes/kube-subject.ts'
import { newLaptop } from '../../fakes/session.ts'

const env = { version: 'v1.33.1', platform: 'linux/amd64', now: contractNow }

function account(name: string, annotations?: Readonly<Record<string, string>>): KubeObject {
  const metadata = { name, namespace: 'aws-demo', ...(annotations === undefined ? {} : { annotations }) }
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata }
}

/** A cluster that what is done to it changes. */
function cluster() {
  let store = putNamespace(emptyStore(contractNow), 'aws-demo', contractNow)
  const call: Call = (request) => {
    const answer = handleApi(request, store, contractNow)
    store = answer.store
    return answer
  }
  const change = (next: (store: KubeStore) => KubeStore) => {
    store = next(store)
  }
  return { call, change }
}

/** What the rest of a watch tells when it is asked once more. */
function more({ watch }: KubectlResult, call: Call): string | undefined {
  if (watch === undefined) throw new Error('it does not watch')
  return watchOnce(watch, call)?.stdout
}

const accountRef = (name: string) => ({ kind: kindNamed('ServiceAccount'), namespace: 'aws-demo', name })

describe('kubectl get --watch', () => {
  test('kubectl 43: what is there, then what comes, changes and goes', () => {
    const { call, change } = cluster()
    const ran = kubectl(['get', 'sa', '-n', 'aws-demo', '--watch', '-o', 'name'], '', env, call)
    expect([ran.stdout, ran.exitCode]).toEqual(['serviceaccount/default\n', 0])
    expect(more(ran, call)).toBe('')
    change((store) => putObject(store, account('shop'), contractNow))
    expect(more(ran, call)).toBe('serviceaccount/shop\n')
    const later = kubectl(['get', 'sa', '-n', 'aws-demo', '--watch', '-o', 'name'], '', env, call)
    change((store) => deleteObject(store, accountRef('shop')))
    expect(more(later, call)).toBe('serviceaccount/shop\n')
    const only = kubectl(['get', 'sa', '-n', 'aws-demo', '--watch-only', '-o', 'name'], '', env, call)
    expect(only.stdout).toBe(kubeRecording('1.33/425').stdout)
  })

  test('kubectl 44: with a template, as recorded but for the account that the controllers make', () => {
    const { call, change } = cluster()
    change((store) => putObject(putObject(store, account('shop'), contractNow), account('pay'), contractNow))
    const recording = kubeRecording('1.33/434')
    const ran = kubectl(recording.argv, '', env, call)
    expect(ran.stdout.replace('aws-demo/default\n', '')).toBe(recording.stdout)
    const dotted = 'jsonpath={.metadata.name}={.metadata.annotations.eks\\.amazonaws\\.com/role-arn};'
    change((store) => putObject(store, account('pay', { 'eks.amazonaws.com/role-arn': 'arn' }), contractNow))
    const other = kubectl(['get', 'sa', '-n', 'aws-demo', '-w', '-o', dotted], '', env, call)
    expect(other.stdout).toBe('default=;pay=arn;shop=;')
  })

  test('kubectl 45: without a server it ends, and other outputs are refused', () => {
    const { call } = cluster()
    const ran = kubectl(['get', 'sa', '-A', '-w', '-o', 'name'], '', env, call)
    expect(more(ran, () => ({ unreachable: 'refused', server: '127.0.0.1:1' }))).toBeUndefined()
    expect(kubectl(['get', 'sa', '-w', '-o', 'json'], '', env, call)).toMatchObject({
      stderr: 'error: the simulated kubectl watches with -o name or -o jsonpath= only\n',
      exitCode: 1,
    })
  })
})

describe('a watch on the simulated laptop', () => {
  test('kubectl 45: it tells while it runs, until its time is over', async () => {
    const laptop = await newLaptop()
    expect((await laptop.run('up')).exit).toBe(0)
    const seen: string[] = []
    await laptop.run('status', {
      through: (ports) => {
        const run: typeof ports.exec.run = async (command, how) => {
          if (command.tool === 'kubectl' && seen.length === 0) await watch(command)
          return ports.exec.run(command, how)
        }
        async function watch({ program, args, env: more }: Parameters<typeof ports.exec.run>[0]) {
          const words = ['get', 'ns', '--watch', '-o', 'name', '--request-timeout=2s', ...targetOf(args)]
          const ran = await ports.exec.run(
            {
              tool: 'kubectl',
              program,
              args: words,
              changes: false,
              ...(more === undefined ? {} : { env: more }),
            },
            { timeoutMs: 60_000, signal: new AbortController().signal, onLine: (_, line) => seen.push(line) },
          )
          seen.push(`exit ${ran.exitCode}`)
        }
        return { ...ports, exec: { ...ports.exec, run } }
      },
    })
    expect(seen).toContain('namespace/default')
    expect(seen.at(-1)).toBe('exit 0')
  })
})

/** The flags that say which cluster. */
function targetOf(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, index) => {
    if (arg === '--kubeconfig' || arg === '--context') return [arg, args[index + 1] ?? '']
    return /^--(kubeconfig|context)=/.test(arg) ? [arg] : []
  })
}
