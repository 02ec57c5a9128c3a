// Bundles src/ into dist/: split ESM chunks without run-time dependencies, and the licences of what went in.
// Then writes the JSON Schemas.
import { build } from 'esbuild'
import { fs, path } from 'zx'

const root = path.resolve(import.meta.dirname, '..')
const out = path.join(root, 'dist')
// Built beside and moved into place, so that dist is never half-written.
const fresh = path.join(root, `dist.${process.pid}`)
await fs.emptyDir(fresh)

const options = {
  absWorkingDir: root,
  outdir: fresh,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.17',
  // The AWS SDK's ES modules, where it has both: a tenth of the package, and a third of the time to load it.
  mainFields: ['module', 'main'],
  // Stack traces of bug reports name functions; whitespace alone costs a third of the package.
  keepNames: true,
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  // On Node 20 the AWS SDK warns, once a process, of versions to come; kubectl's plugins must say nothing.
  define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' },
  metafile: true,
  logLevel: 'warning',
}
const { quick, lazy } = await buildQuick()
const rest = await build({
  ...options,
  entryPoints: lazy,
  // Names of functions stay (keepNames); those of variables are a sixth of the package.
  minifyIdentifiers: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  // Some bundled libraries are CommonJS and call require for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  plugins: [secretOfMain(), withoutBallast()],
})
await buildAgent()
const metafile = {
  inputs: { ...rest.metafile.inputs, ...quick.metafile.inputs },
  outputs: { ...rest.metafile.outputs, ...quick.metafile.outputs },
}
await fs.chmod(path.join(fresh, 'bin.js'), 0o755)
await fs.outputJson(path.join(root, 'node_modules/.cache/devk8s/metafile.json'), metafile)
await fs.writeFile(path.join(fresh, 'LICENSES.txt'), await licences(Object.keys(metafile.inputs)))
await fs.remove(out)
await fs.move(fresh, out)
// Editors and scripts read these; they are part of the package, as dist is.
await import('./schema.mjs')

/**
 * bin.ts and main.ts as one file each: everyday commands run in it alone, and each file that Node loads costs time. What
 * it loads on demand become entries of their own.
 */
async function buildQuick() {
  const lazy = {}
  const own = {
    name: 'quick',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.{1,2}\// }, ({ path: wanted, resolveDir, kind }) => {
        if (kind !== 'dynamic-import') return undefined
        if (wanted === './main.ts') return { path: './main.js', external: true }
        const file = path.resolve(resolveDir, wanted)
        const name = path
          .relative(path.join(root, 'src'), file)
          .replaceAll(path.sep, '-')
          .replace(/\.ts$/, '')
        lazy[`lazy/${name}`] = path.relative(root, file)
        return { path: `./lazy/${name}.js`, external: true }
      }),
  }
  const entryPoints = { bin: 'src/bin.ts', main: 'src/main.ts' }
  // A name for each function costs more at the start than it is worth in so little code.
  const quick = await build({ ...options, keepNames: false, entryPoints, plugins: [own] })
  return { quick, lazy }
}

/** The agent is another program, which runs in the cluster on a Node of its own image: one file without dependencies. */
async function buildAgent() {
  await build({
    ...options,
    outdir: path.join(fresh, 'agent'),
    entryPoints: { agent: 'src/agent/main.ts' },
    // An ES module's import of node:http evaluates all that it exports, its WebSocket too: 12 MiB of the agent's memory.
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    metafile: false,
    target: 'node24',
    minifyIdentifiers: true,
  })
}

/** For all other files Secret is the one that main.js has: two copies of the class could not read each other's. */
function secretOfMain() {
  return {
    name: 'secret-of-main',
    setup({ onResolve }) {
      // Whatever needs it lies one folder below.
      onResolve({ filter: /\/secret\.ts$/ }, () => ({ path: '../main.js', external: true }))
    },
  }
}

/**
 * What of libraries is of no use here: secretlint's stopwatch, which compares each mark with all before it (3,000 files
 * with a finding: 43 s with it, 1.3 s without), and the library for Google's p12 files, which are binary and not scanned
 * (80 KB); the AWS SDK's names of browsers and sign-in by Cognito, and its descriptions of calls that nobody makes: their computed keys keep
 * them in the bundle unless they are marked as without effect (150 KB).
 */
function withoutBallast() {
  return {
    name: 'without-ballast',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^@secretlint\/profiler$/ }, () => ({ path: 'profiler', namespace: 'ballast' }))
      onResolve({ filter: /^bowser$|[\\/]loadCognitoIdentity/ }, () => ({
        path: 'unused',
        namespace: 'ballast',
      }))
      onLoad({ filter: /[\\/]@aws-sdk[\\/].*[\\/]schemas_0\.js$/ }, async ({ path: file }) => {
        const text = await fs.readFile(file, 'utf8')
        const described = /^((?:export )?var [\w$]+ = )(\[[^]*?\]);$/gm
        return { contents: text.replace(described, '$1/* @__PURE__ */ (() => $2)();') }
      })
      onResolve({ filter: /^\.\/index-/ }, ({ importer, kind }) =>
        kind === 'dynamic-import' && /[\\/]secretlint-rule-preset-recommend[\\/]/.test(importer)
          ? { path: 'forge', namespace: 'ballast' }
          : undefined,
      )
      onLoad({ filter: /./, namespace: 'ballast' }, ({ path: name }) => ({
        contents:
          name === 'profiler' ? 'export const secretLintProfiler = { mark() {} }' : 'export const i = {}',
      }))
    },
  }
}

/** The licence text of every package that has a file in the bundle, sorted by name. */
async function licences(inputs) {
  const packages = new Set()
  for (const input of inputs) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)
    if (found) packages.add(found[1])
  }
  const namesOf = new Map()
  for (const folder of [...packages].toSorted((a, b) => a.localeCompare(b))) {
    const manifest = await fs.readJson(path.join(root, folder, 'package.json'))
    const names = await fs.readdir(path.join(root, folder))
    const file = names.find((name) => /^licen[cs]e/i.test(name))
    const text = file
      ? await fs.readFile(path.join(root, folder, file), 'utf8')
      : 'No licence file in the package.'
    // Many packages carry the same words; each stands once, below the names of all.
    const name = `${manifest.name} ${manifest.version} (${manifest.license})`
    namesOf.set(text.trim(), [...(namesOf.get(text.trim()) ?? []), name])
  }
  const texts = [...namesOf].map(([text, owners]) => `${owners.join('\n')}\n\n${text}\n`)
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}
