// Bundles src/ into dist/: split ESM chunks without run-time dependencies, and the licences of what went in.
// Then writes the JSON Schemas.
import { build } from 'esbuild'
import { fs, path } from 'zx'

const root = path.resolve(import.meta.dirname, '..')
const out = path.join(root, 'dist')
// Built beside and moved into place, so that dist is never half-written.
const fresh = path.join(root, `dist.${process.pid}`)
await fs.emptyDir(fresh)

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { bin: 'src/bin.ts', main: 'src/main.ts' },
  outdir: fresh,
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
  // Some bundled libraries are CommonJS and call require for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
})
await fs.chmod(path.join(fresh, 'bin.js'), 0o755)
await fs.outputJson(path.join(root, 'node_modules/.cache/devk8s/metafile.json'), metafile)
await fs.writeFile(path.join(fresh, 'LICENSES.txt'), await licences(Object.keys(metafile.inputs)))
await fs.remove(out)
await fs.move(fresh, out)
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
