import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../../..')

export interface Programs {
  readonly agent: string
  readonly api: string
  /** For whatever else a run writes. */
  readonly folder: string
  remove(): Promise<void>
}

/** The agent and its API server as files that a Node of any version runs. */
export async function buildPrograms(): Promise<Programs> {
  const folder = await mkdtemp(join(tmpdir(), 'devk8s-sdk-'))
  await build({
    absWorkingDir: root,
    entryPoints: { agent: 'src/agent/main.ts', api: 'test/sdk/support/api-process.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.17',
    logLevel: 'warning',
  })
  return {
    folder,
    agent: join(folder, 'agent.mjs'),
    api: join(folder, 'api.mjs'),
    remove: async () => rm(folder, { recursive: true, force: true }),
  }
}
