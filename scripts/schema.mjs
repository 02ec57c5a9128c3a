// Writes schemas/profile.schema.json, for editors, from the schema that the loader checks profiles with.
// `node scripts/schema.mjs --check` changes nothing and exits 1 when the file is not what the code says.
import { build } from 'esbuild'
import { fs, path } from 'zx'

const root = path.resolve(import.meta.dirname, '..')
const file = path.join(root, 'schemas/profile.schema.json')

// Node 20 runs no TypeScript, so the module is bundled in memory first.
const { outputFiles } = await build({
  entryPoints: [path.join(root, 'src/profile/json-schema.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
})
const code = Buffer.from(outputFiles[0].contents).toString('base64')
const { profileJsonSchema } = await import(`data:text/javascript;base64,${code}`)
const text = `${JSON.stringify(profileJsonSchema(), null, 2)}\n`

if (process.argv.includes('--check')) {
  const kept = await fs.readFile(file, 'utf8').catch(() => '')
  if (kept !== text) {
    console.error('schemas/profile.schema.json is stale: run node scripts/schema.mjs')
    process.exitCode = 1
  }
} else {
  await fs.outputFile(file, text)
  console.log(`${path.relative(root, file)}: ${text.length} bytes`)
}
