// Writes docs/problems from the registry and docs/commands.md from the tables of the command line.
// `--check` fails when a page is not what they say.
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { fs, os, path } from 'zx'

const root = path.resolve(import.meta.dirname, '..')
const docs = path.join(root, 'docs')
const { registry } = await load('src/problems/registry.ts')
const { renderHelp } = await load('src/cli/help.ts')
const { commands } = await load('src/cli/commands.ts')
const { faultKinds } = await load('src/simulator/faults.ts')

const pages = new Map([
  ...registry.map((kind) => [`problems/${kind.code}.md`, problemPage(kind)]),
  ['problems/README.md', problemIndex(registry)],
  ['commands.md', commandPage()],
])

if (process.argv.includes('--check')) {
  const folder = path.join(docs, 'problems')
  const names = (await fs.pathExists(folder)) ? await fs.readdir(folder) : []
  const present = names.map((name) => `problems/${name}`)
  const stale = present.filter((name) => !pages.has(name))
  for (const [name, text] of pages) {
    const file = path.join(docs, name)
    if (!(await fs.pathExists(file)) || (await fs.readFile(file, 'utf8')) !== text) stale.push(name)
  }
  if (stale.length > 0) {
    console.error(`docs/ is not what the sources say: ${stale.join(', ')}. Run: node scripts/docs.mjs`)
    process.exitCode = 1
  }
} else {
  await fs.emptyDir(path.join(docs, 'problems'))
  for (const [name, text] of pages) await fs.writeFile(path.join(docs, name), text)
}

/** The exports of a TypeScript source. */
async function load(source) {
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'devk8s-docs-'))
  const outfile = path.join(scratch, 'source.mjs')
  await build({
    entryPoints: [path.join(root, source)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  })
  const exported = await import(pathToFileURL(outfile).href)
  await fs.remove(scratch)
  return exported
}

function problemPage({ code, title, exit, hint }) {
  return `# ${code}: ${title}\n\n${hint}\n\nExit code: ${exit}.\n`
}

function problemIndex(kinds) {
  const rows = kinds.map(({ code, title, exit }) => `| [${code}](${code}.md) | ${title} | ${exit} |`)
  return `# Problems\n\nEvery problem has a code that never changes. Scripts may rely on the code and the exit code.\n\n| code | problem | exit |\n|---|---|---|\n${rows.join('\n')}\n`
}

function commandPage() {
  const all = [[], ...commands.map((command) => command.path)]
  const sections = all.map((words) => {
    const heading = words.length === 0 ? '# Commands' : `## devk8s ${words.join(' ')}`
    return `${heading}\n\n\`\`\`text\n${renderHelp(words, faultKinds)}\`\`\`\n`
  })
  return sections.join('\n')
}
