import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contextLocked } from '../../src/problems/credentials.ts'
import {
  namespacesUnanswered,
  namespaceUnknown,
  noCurrentContext,
  nothingBefore,
} from '../../src/problems/switching.ts'
import { changedLines, type Home, kubeconfig, newHome } from './switch-lab.ts'

const one = kubeconfig([{ name: 'dev', namespace: 'web' }], 'dev')

/** A kubectl that knows two namespaces, and writes down what it was asked. */
const script = `#!/bin/sh
printf '%s\\n' "$KUBECONFIG $*" >> "$HOME/asked"
case "$*" in
*"get namespaces"*) printf 'namespace/default\\nnamespace/ops\\nnamespace/web\\n' ;;
*"get namespace ops "*) echo namespace/ops ;;
esac
`

async function withKubectl(home: Home, text = script) {
  const folder = join(home.folder, 'bin')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'kubectl'), text)
  await chmod(join(folder, 'kubectl'), 0o755)
  return { env: { PATH: `${folder}:/usr/bin:/bin`, HOME: home.home } }
}

describe.skipIf(process.platform === 'win32')('namespaces', () => {
  test('lists them with the current one marked, asking for this context', async () => {
    const home = await newHome(one)
    const said = await home.run('namespaces', await withKubectl(home))
    expect(said).toMatchObject({ exit: 0, stdout: '  default\n  ops\n* web\n' })
    expect(await home.text(join(home.home, 'asked'))).toMatch(
      new RegExp(`^${home.config} --context dev --request-timeout=10s get namespaces -o name`),
    )
  })

  test('makes one the default, and goes back', async () => {
    const home = await newHome(one)
    const world = await withKubectl(home)
    expect((await home.run('namespaces ops', world)).stderr).toBe(
      'Context "dev" now uses namespace "ops" (was web).\n',
    )
    expect(changedLines(one, await home.text())).toEqual(['-    namespace: web', '+    namespace: ops'])
    expect((await home.run('namespaces -', world)).stderr).toContain('"web" (was ops)')
    expect(await home.text()).toBe(one)
    expect((await home.run('namespaces -', world)).stderr).toContain('"ops" (was web)')
  })

  test('one that is not there is refused, or taken with --force', async () => {
    const home = await newHome(one)
    const world = await withKubectl(home)
    const refused = await home.run('namespaces nowhere', world)
    expect([refused.exit, refused.stderr.includes(namespaceUnknown.code)]).toEqual([2, true])
    expect(await home.text()).toBe(one)
    expect((await home.run('namespaces nowhere --force', world)).exit).toBe(0)
  })

  test('a cluster that does not answer: a change is made with a warning, a list is not', async () => {
    const home = await newHome(one)
    const world = await withKubectl(
      home,
      '#!/bin/sh\necho "Unable to connect to the server: EOF" >&2\nexit 1\n',
    )
    const changed = await home.run('namespaces ops', world)
    expect(changed.exit).toBe(0)
    expect(changed.stderr).toContain(
      '! Whether namespace "ops" is there could not be asked: Unable to connect',
    )
    const listed = await home.run('namespaces', world)
    expect([listed.exit, listed.stderr.includes(namespacesUnanswered.code)]).toEqual([1, true])
  })

  test('a locked context is told as what it is, with the way out; the log of client-go is left out', async () => {
    const home = await newHome(one)
    const refusal = (words: readonly string[]) =>
      `#!/bin/sh\ncat >&2 <<'EOF'\n${words.join('\n')}\nEOF\nexit 1\n`
    const memcache =
      'E0102 15:04:05.000001    4711 memcache.go:265] "Unhandled Error" err="getting credentials"'
    const locked = await withKubectl(
      home,
      refusal([
        '✖ DK4080 The context is protected and locked',
        ...Array<string>(5).fill(memcache),
        'Unable to connect',
      ]),
    )
    const listed = await home.run('namespaces', locked)
    expect(listed.exit).toBe(4)
    expect(listed.stderr).toContain(contextLocked.code)
    expect(listed.stderr).toContain("$ devk8s unlock dev --for 15m --reason 'why'")
    expect((await home.run('namespaces ops', locked)).stderr).toContain('dev is protected and locked')
    const broken = await withKubectl(home, refusal(['Unable to connect', ...Array<string>(5).fill(memcache)]))
    const said = (await home.run('namespaces', broken)).stderr
    expect(said).toContain('Unable to connect')
    expect(said).not.toContain('memcache.go')
    expect(said).not.toContain('kubectl --context')
  })

  test('no kubectl at all; then the one that devk8s has downloaded', async () => {
    const home = await newHome(one)
    const env = { PATH: join(home.folder, 'nothing'), HOME: home.home }
    expect((await home.run('namespaces', { env })).stderr).toContain('There is no kubectl')
    const tools = join(home.home, '.local/share/devk8s/tools/kubectl')
    for (const [version, name] of [
      ['v1.9.0', 'old'],
      ['v1.35.1', 'new'],
    ] as const) {
      await mkdir(join(tools, version), { recursive: true })
      await writeFile(join(tools, version, 'kubectl'), `#!/bin/sh\necho namespace/${name}\n`)
      await chmod(join(tools, version, 'kubectl'), 0o755)
    }
    expect((await home.run('namespaces', { env })).stdout).toBe('  new\n')
  })

  test('without a current context, or one to go back to', async () => {
    const none = await newHome(kubeconfig([{ name: 'dev' }]))
    expect((await none.run('namespaces ops')).stderr).toContain(noCurrentContext.code)
    const gone = await newHome(kubeconfig([{ name: 'dev' }], 'elsewhere'))
    expect((await gone.run('namespaces ops')).stderr).toContain('names "elsewhere", which no file')
    expect((await (await newHome(one)).run('namespaces -')).stderr).toContain(nothingBefore.code)
  })
})
