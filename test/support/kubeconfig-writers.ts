import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

/** Bundles the writer, so that its processes start as fast as the program. @returns the script's path. */
export async function bundleWriter(): Promise<string> {
  const outdir = await mkdtemp(join(tmpdir(), 'devk8s-writer-'))
  await build({
    entryPoints: [resolve(import.meta.dirname, 'kubeconfig-writer.ts')],
    bundle: true,
    splitting: true,
    // As in scripts/build.mjs: yaml is CommonJS and asks for Node's own modules by require.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir,
    outExtension: { '.js': '.mjs' },
    logLevel: 'silent',
  })
  return join(outdir, 'kubeconfig-writer.mjs')
}

export interface Writer {
  readonly child: ChildProcess
  /** Resolves once the output has this line; rejects when the process ends without it. */
  said(line: string): Promise<void>
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

export function startWriter(script: string, args: readonly string[]): Writer {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<{ code: number | null; output: string }>((done, refuse) => {
    child.on('error', refuse)
    child.on('close', (code) => done({ code, output }))
  })
  const said = (line: string) =>
    new Promise<void>((done, refuse) => {
      const look = () => {
        if (!output.includes(`${line}\n`)) return
        listeners.delete(look)
        done()
      }
      listeners.add(look)
      look()
      void ended.then(() => refuse(new Error(`it ended without saying "${line}": ${output}`)))
    })
  return { child, said, ended }
}

/** A kubeconfig with this many contexts, with entries as large as those of EKS (about 2 KB each). */
export function largeKubeconfig(contexts: number, current = 'ctx-0'): string {
  const names = Array.from({ length: contexts }, (_, index) => `ctx-${index}`)
  const ca = 'QUJD'.repeat(350)
  return [
    'apiVersion: v1',
    'clusters:',
    ...names.flatMap((name) => [
      '- cluster:',
      `    certificate-authority-data: ${ca}`,
      `    server: https://${name}.eks.example`,
      `  name: ${name}`,
    ]),
    'contexts:',
    ...names.flatMap((name) => [
      '- context:',
      `    cluster: ${name}`,
      `    user: ${name}`,
      `  name: ${name}`,
    ]),
    `current-context: ${current}`,
    'kind: Config',
    'users:',
    ...names.flatMap((name) => [
      `- name: ${name}`,
      '  user:',
      '    exec:',
      '      apiVersion: client.authentication.k8s.io/v1beta1',
      '      args:',
      '      - eks',
      '      - get-token',
      `      - ${name}`,
      '      command: aws',
    ]),
    '# the end',
    '',
  ].join('\n')
}
