import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly entryPoint?: string
        readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>
        readonly imports: readonly { readonly path: string; readonly kind: string }[]
      }
    >
  >
}

/** Written by the build, which `npm test` runs first. */
const metafile = JSON.parse(
  readFileSync(join(root, 'node_modules/.cache/devk8s/metafile.json'), 'utf8'),
) as Metafile

/** Source files that loading an entry loads without anybody asking for more. */
function staticGraph(entry: string): readonly string[] {
  const start = Object.keys(metafile.outputs).find((path) => metafile.outputs[path]?.entryPoint === entry)
  const seen = new Set<string>()
  const visit = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && metafile.outputs[next] !== undefined) visit(next)
    }
  }
  if (start !== undefined) visit(start)
  return [...seen].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {})).toSorted()
}

/** What an entry imports before it does anything. */
function staticImports(entry: string): readonly string[] {
  const found = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === entry)
  return (found?.imports ?? []).flatMap(({ path, kind }) => (kind === 'import-statement' ? [path] : []))
}

test('bin loads itself and nothing that a command needs', () => {
  expect(staticGraph('src/bin.ts').filter((path) => path !== 'src/world.ts')).toEqual(['src/bin.ts'])
  expect(staticImports('src/bin.ts')).toEqual([])
})

test('main is one file: the everyday commands, without the parser and without a library', () => {
  expect(staticImports('src/main.ts').filter((path) => !path.startsWith('node:'))).toEqual([])
  // It costs more than all else that switch loads.
  expect(staticImports('src/main.ts')).not.toContain('node:crypto')
  const graph = staticGraph('src/main.ts')
  expect(graph).toContain('src/verbs/switch.ts')
  expect(graph).toContain('src/verbs/token.ts')
  // What they write is kept free of secrets, as all else is.
  expect(
    graph.filter((path) => /node_modules|^src\/(report|profile|engine|steps|simulator)\//.test(path)),
  ).toEqual(['src/engine/redact.ts'])
  expect(graph.filter((path) => path.startsWith('src/cli/'))).toEqual([
    'src/cli/completed-words.ts',
    'src/cli/shell-words.ts',
  ])
  expect(statSync(join(root, 'dist/main.js')).size).toBeLessThan(100_000)
})

test('the parser loads no library but its own', () => {
  const packages = staticGraph('src/cli/parse.ts').filter((path) => path.includes('node_modules'))
  expect(packages.length).toBeGreaterThan(0)
  expect(packages.filter((path) => !/@stricli|fastest-levenshtein/.test(path))).toEqual([])
})

test('there is one Secret: two copies of the class could not read each other’s', () => {
  const holding = Object.values(metafile.outputs).filter(({ inputs }) =>
    Object.hasOwn(inputs, 'src/ports/secret.ts'),
  )
  expect(holding.map(({ entryPoint }) => entryPoint)).toEqual(['src/main.ts'])
})

test('packages that are loaded on demand are ES modules: of a bundled CommonJS one, import() gives the default alone', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const packages = sources.flatMap((name) =>
    [...readFileSync(join(root, 'src', name), 'utf8').matchAll(/import\('(@?[a-z][^'.:]*)'\)/g)].flatMap(
      ([, found]) => found ?? [],
    ),
  )
  const isModule = (name: string) =>
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).type === 'module'
  expect(packages).toContain('execa')
  expect(packages.filter((name) => !isModule(name))).toEqual([])
})

describe('counts that must be zero', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({
      name: name.replaceAll('\\', '/'),
      text: readFileSync(join(root, 'src', name), 'utf8'),
    }))
  const counts: readonly (readonly [string, RegExp, RegExp])[] = [
    // The agent is another program: its main.ts is what bin.ts is to this one.
    ['process.env outside bin', /\bprocess\.env\b/, /^(bin|agent\/main)\.ts$/],
    ['process.exit outside bin', /\bprocess\.exit\b/, /^(bin|agent\/main)\.ts$/],
    ['console', /\bconsole\./, /^bin\.ts$/],
    ['secrets revealed outside adapters', /Secret\.reveal\(/, /^(adapters|simulator)\//],
    ['execa outside adapters', /from 'execa'/, /^adapters\//],
    ['node:fs outside adapters', /from 'node:fs/, /^adapters\/|^agent\/(agent|kube-client)\.ts$/],
    ['default exports', /^export default/m, /^$/],
  ]
  test.for(counts)('%s', ([, pattern, allowed]) => {
    const found = sources.filter(
      ({ name, text }) =>
        pattern.test(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')) && !allowed.test(name),
    )
    expect(found.map(({ name }) => name)).toEqual([])
  })
  test('the simulator shares no belief with the rest', () => {
    const inside = sources.filter(({ name }) => name.startsWith('simulator/'))
    const foreign = inside.flatMap(({ name, text }) =>
      [...text.matchAll(/from '((?:\.\.\/)+[^']+)'/g)].map((match) => `${name} ${match[1]}`),
    )
    expect(inside.length).toBeGreaterThan(10)
    expect(
      foreign.filter(
        (each) =>
          /(engine|steps|plan|minikube\/|kubeconfig|kube\/|machine|tools|verbs|adapters|report)\//.test(
            each.split('../').at(-1) ?? '',
          ) && !each.includes('/ports/'),
      ),
    ).toEqual([])
  })
  test('module mocks', () => {
    const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    const mocking = tests.filter((name) =>
      /\bvi\.(mock|doMock|spyOn|stubGlobal)/.test(readFileSync(join(root, 'test', name), 'utf8')),
    )
    expect(mocking.filter((name) => !name.includes('budget'))).toEqual([])
  })
})

test('the package: at most 1 MB packed, 4 MB unpacked, no dependencies', () => {
  const { npm_config_cache: _, ...env } = process.env
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const parsed = JSON.parse(output) as readonly Pack[] | Readonly<Record<string, Pack>>
  const [pack] = Object.values(parsed)
  expect(pack?.size).toBeLessThanOrEqual(1_000_000)
  expect(pack?.unpackedSize).toBeLessThanOrEqual(4_000_000)
  expect(pack?.files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['dist/bin.js', 'dist/LICENSES.txt', 'profiles/default.yaml', 'README.md']),
  )
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>
  expect(manifest['dependencies']).toBeUndefined()
  expect(statSync(join(root, 'dist/bin.js')).size).toBeLessThan(10_000)
})

interface Pack {
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

test('of secretlint neither its stopwatch nor the library for p12 files is in the package', () => {
  const parts = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  const ofSecretlint = parts.filter(([path]) => path.includes('secretlint'))
  expect(ofSecretlint.map(([path]) => path).filter((path) => path.includes('profiler'))).toEqual([])
  const bytes = ofSecretlint.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0)
  // That library alone is 294 KB.
  expect(bytes).toBeGreaterThan(10_000)
  expect(bytes).toBeLessThan(150_000)
})
