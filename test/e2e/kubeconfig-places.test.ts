import { execFile, execFileSync, spawn } from 'node:child_process'
import { chmod, chown, link, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { kubeconfig } from '../verbs/switch-lab.ts'
import { bin, devk8s, installPackage, newPerson, type Person } from './program.ts'

const run = promisify(execFile)
const contexts = kubeconfig([{ name: 'one' }, { name: 'two' }], 'one')

async function someone(): Promise<Person & { readonly config: string }> {
  const person = await newPerson()
  const config = join(person.home, '.kube', 'config')
  await mkdir(join(person.home, '.kube'))
  await writeFile(config, contexts, { mode: 0o600 })
  return { ...person, config }
}

const moves = [
  ['switch', ['switch', 'two'], 'current-context: two'],
  ['namespaces', ['namespaces', 'ops', '--force'], 'namespace: ops'],
] as const

/** Why spaces of the kernel's own cannot be had here; undefined where they can. */
function noSpaces(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has them'
  try {
    execFileSync('unshare', ['-rmpf', '--mount-proc', 'true'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'unshare is not there or not allowed'
  }
}
const without = noSpaces()

describe.each(moves)('%s', { timeout: 60_000 }, (_, words, expected) => {
  test('changes a kubeconfig that is mounted by itself, as dev containers have it', async ({ skip }) => {
    if (without !== undefined) return skip(without)
    const person = await someone()
    const outside = join(person.home, 'outside')
    await writeFile(outside, contexts, { mode: 0o600 })
    const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    const line = ['-rm', 'sh', '-c', script, 'sh', outside, person.config, process.execPath, bin, ...words]
    await run('unshare', line, { env: person.env, cwd: person.cwd })
    expect(await readFile(outside, 'utf8')).toContain(expected)
    expect(await readFile(person.config, 'utf8')).toBe(contexts)
  })

  test.skipIf(process.platform === 'win32')('keeps a hard link', async () => {
    const person = await someone()
    const second = join(person.home, 'second')
    await link(person.config, second)
    expect((await devk8s(person, words)).code).toBe(0)
    expect(await readFile(second, 'utf8')).toContain(expected)
    expect((await stat(person.config)).nlink).toBe(2)
  })

  test('leaves a file of somebody else to them', async ({ skip }) => {
    if (process.getuid?.() !== 0) return skip('only root can make a file of somebody else')
    const person = await someone()
    const [owner, writer] = [4711, 4712]
    const here = { ...person, uid: writer, bin: await installPackage(join(person.home, 'package')) }
    for (const path of [person.home, person.cwd, join(person.home, 'tmp'), join(person.home, '.kube')]) {
      await chown(path, writer, writer)
    }
    await chown(person.config, owner, writer)
    await chmod(person.config, 0o660)
    const { code, stderr } = await devk8s(here, words)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(await readFile(person.config, 'utf8')).toContain(expected)
    expect(await stat(person.config)).toMatchObject({ uid: owner, gid: writer, mode: 0o100660 })
  })
})

test(
  'the lock of a process that another space of ids hides is not broken',
  { timeout: 60_000 },
  async ({ skip }) => {
    if (without !== undefined) return skip(without)
    const person = await someone()
    const other = spawn('sleep', ['60'])
    try {
      const space = execFileSync('readlink', ['/proc/self/ns/pid'], { encoding: 'utf8' }).trim()
      const lock = `${person.config}.lock`
      const content = `devk8s ${other.pid} ${hostname()} ${space}\n`
      await writeFile(lock, content)
      // One that is taken over is gone at once; who waits for it is told to stop.
      const waits = ['timeout', '-s', 'INT', '4', process.execPath, bin, 'switch', 'two']
      const ended = run('unshare', ['-rpf', '--mount-proc', ...waits], { env: person.env, cwd: person.cwd })
      await expect(ended).rejects.toMatchObject({ code: 124 })
      expect(await readFile(lock, 'utf8')).toBe(content)
      expect(await readFile(person.config, 'utf8')).toBe(contexts)
      other.kill()
      await new Promise((resolve) => void other.once('close', resolve))
      expect((await devk8s(person, ['switch', 'two'])).code).toBe(0)
    } finally {
      other.kill()
    }
  },
)
