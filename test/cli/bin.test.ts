import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, uptime } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFile } from 'node:fs/promises'

const binSource = fileURLToPath(new URL('../../src/bin.ts', import.meta.url))
const bootIdFile = '/proc/sys/kernel/random/boot_id'
let folder = ''

/** What `main` is here: a program that shows the world it was given, or waits to be stopped. */
const standIn = `
export const realClock = () => ({ now: () => Date.now() })
export async function main(argv, world) {
  if (argv[0] === 'world') {
    world.stdout.write(JSON.stringify({ ...world, columns: world.stdout.columns, argv, clock: typeof world.clock.now() }))
    return 3
  }
  if (argv[0] === 'throw') throw new Error('no such thing')
  if (argv[0] === 'flood') {
    while (!world.signal.aborted) {
      world.stdout.write('x'.repeat(4096) + '\\n')
      await new Promise((resolve) => setImmediate(resolve))
    }
    world.stderr.write(world.signal.reason)
    return 143
  }
  const keep = setInterval(() => {}, 1000)
  const stopped = new Promise((resolve) => world.signal.addEventListener('abort', resolve))
  world.stdout.write('ready')
  await stopped
  world.stdout.write(world.signal.reason)
  if (argv[0] === 'stubborn') return new Promise(() => {})
  clearInterval(keep)
  return world.signal.reason === 'SIGINT' ? 130 : 143
}`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-bin-'))
  await mkdir(join(folder, 'dist'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version: '9.8.7', type: 'module' }))
  await writeFile(join(folder, 'dist/main.js'), standIn)
  await build({
    entryPoints: [binSource],
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    plugins: [
      {
        name: 'stand-in',
        setup: (builder) => {
          builder.onResolve({ filter: /\/main\.ts$/ }, () => ({ path: './main.js', external: true }))
        },
      },
    ],
  })
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function launch(argv: readonly string[], nodeArgs: readonly string[] = []) {
  const child = spawn(process.execPath, [...nodeArgs, join(folder, 'dist/bin.js'), ...argv], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, FLAG: 'x' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  )
  const said = async (text: string) => {
    while (!stdout.includes(text)) await new Promise((resolve) => child.stdout.once('data', resolve))
  }
  return { child, ended, said }
}

describe('the real process', () => {
  test.each([['--version'], ['-V']])('%s prints the version of the package', async (flag) => {
    expect(await launch([flag]).ended).toEqual({ code: 0, stdout: '9.8.7\n', stderr: '' })
  })

  test('main gets the world and its answer is the exit code', async () => {
    const { code, stdout, stderr } = await launch(['world', 'a b']).ended
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      argv: ['world', 'a b'],
      env: { FLAG: 'x', HOME: folder },
      home: folder,
      packageFolder: folder,
      version: '9.8.7',
      platform: process.platform,
      stdinIsTTY: false,
      columns: 80,
      clock: 'number',
      bootedAtMs: expect.closeTo(Date.now() - uptime() * 1000, -5),
      ...(process.platform === 'linux' ? { bootId: (await readFile(bootIdFile, 'utf8')).trim() } : {}),
    })
  })

  test('what main lets through is a bug: exit 70', async () => {
    const { code, stderr } = await launch(['throw']).ended
    expect(code).toBe(70)
    expect(stderr).toContain('devk8s: Error: no such thing')
  })

  test.skipIf(process.platform === 'win32').each([
    ['SIGINT', 130, 'SIGINT'],
    ['SIGTERM', 143, 'SIGTERM'],
    ['SIGHUP', 143, 'SIGTERM'],
  ] as const)('%s asks the run to stop and lets it end', async (signal, code, reason) => {
    const { child, ended, said } = launch(['wait'])
    await said('ready')
    child.kill(signal)
    expect(await ended).toEqual({ code, stdout: `ready${reason}`, stderr: '' })
  })

  test.skipIf(process.platform === 'win32').each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('a second %s ends it at once', async (signal, code) => {
    const { child, ended, said } = launch(['stubborn'])
    await said('ready')
    child.kill(signal)
    await said(signal)
    child.kill(signal)
    expect((await ended).code).toBe(code)
  })

  test.skipIf(process.platform === 'win32')(
    'a reader that goes away stops the run without a stack',
    async () => {
      const { child, ended } = launch(['flood'])
      await new Promise((resolve) => child.stdout.once('data', resolve))
      child.stdout.destroy()
      expect(await ended).toMatchObject({ code: 143, stderr: 'SIGTERM' })
    },
  )
})

describe('an old Node', () => {
  test.each(['18.19.1', '20.16.0'])('%s is told so and runs nothing', async (version) => {
    const pretend = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'${version}'}})`
    const { code, stdout, stderr } = await launch(['world'], ['--import', pretend]).ended
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toContain(`devk8s needs Node.js 20.17 or newer; this is ${version}`)
  })

  test('can parse the file: nothing in it is newer than ES2018, and nothing is imported before the guard', async () => {
    const source = await readFile(binSource, 'utf8')
    const emit = async (target: string) =>
      (await transform(source, { loader: 'ts', format: 'esm', target })).code
    // import() and import.meta are ES2020 on paper; Node has had them since 12.17, where packages of type module begin.
    const supported = { 'dynamic-import': true, 'import-meta': true }
    const old = (await transform(source, { loader: 'ts', format: 'esm', target: 'es2018', supported })).code
    expect(old).toBe(await emit('esnext'))
    expect(old).not.toMatch(/^import\s/m)
  })
})
