// Bundles src/ into dist/: split ESM chunks without run-time dependencies, and the licences of what went in.
// Then writes the JSON Schemas.
import { build } from 'esbuild'
import { fs, path } from 'zx'

const root = path.resolve(import.meta.dirname, '..')
const { version } = await fs.readJson(path.join(root, 'package.json'))
const out = path.join(root, 'dist')
await fs.emptyDir(out)

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { bin: 'src/bin.ts', main: 'src/main.ts' },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.17',
  chunkNames: 'chunks/[name]-[hash]',
  // Stack traces of bug reports name functions; whitespace alone costs a third of the package.
  keepNames: true,
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  define: {
    'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"',
    DEVK8S_VERSION: JSON.stringify(version),
  },
  // Some bundled libraries are CommonJS and call require for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
})
await fs.chmod(path.join(out, 'bin.js'), 0o755)
await fs.outputJson(path.join(root, 'node_modules/.cache/devk8s/metafile.json'), metafile)
await fs.writeFile(path.join(out, 'LICENSES.txt'), await licences(Object.keys(metafile.inputs)))
// Editors and scripts read these; they are part of the package, as dist is.
await import('./schema.mjs')

/** The licence text of every package that has a file in the bundle, sorted by name. */
async function licences(inputs) {
  const packages = new Set()
  for (const input of inputs) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)
    if (found) packages.add(found[1])
  }
  const texts = []
  for (const folder of [...packages].toSorted((a, b) => a.localeCompare(b))) {
    const manifest = await fs.readJson(path.join(root, folder, 'package.json'))
    const names = await fs.readdir(path.join(root, folder))
    const file = names.find((name) => /^licen[cs]e/i.test(name))
    const text = file
      ? await fs.readFile(path.join(root, folder, file), 'utf8')
      : 'No licence file in the package.'
    texts.push(`${manifest.name} ${manifest.version} (${manifest.license})\n\n${text.trim()}\n`)
  }
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}
