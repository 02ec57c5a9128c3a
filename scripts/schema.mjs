// Writes the published JSON Schemas: of a profile, for editors, and of what `--json` prints; both from the schemas
// that the program itself uses. The build runs this.
// `node scripts/schema.mjs --check` changes nothing and exits 1 when a file is not what the code says.
import { build } from 'esbuild'
import { fs, path } from 'zx'

const root = path.resolve(import.meta.dirname, '..')
const schemas = new Map([
  ['schemas/profile.schema.json', async () => (await load('src/profile/json-schema.ts')).profileJsonSchema()],
  ['schemas/result.v1.json', async () => (await load('src/report/json-schema.ts')).documentJsonSchema()],
])

for (const [name, make] of schemas) {
  const file = path.join(root, name)
  const text = `${JSON.stringify(await make(), null, 2)}\n`
  const kept = await fs.readFile(file, 'utf8').catch(() => '')
  if (kept === text) continue
  if (process.argv.includes('--check')) {
    console.error(`${name} is stale: run node scripts/schema.mjs`)
    process.exitCode = 1
  } else await fs.outputFile(file, text)
}

/** The exports of a source: Node 20 runs no TypeScript, so it is bundled in memory first. */
async function load(source) {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, source)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  })
  const code = Buffer.from(outputFiles[0].contents).toString('base64')
  return import(`data:text/javascript;base64,${code}`)
}
