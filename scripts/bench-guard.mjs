// The part of `npm run bench` about the guard: `devk8s guard scan` against `git grep` over the same files.
import { execFileSync } from 'node:child_process'
import { fs, path, which } from 'zx'

const count = 10_000
const rounds = 7

/**
 * Prints how long a scan of 10,000 files takes, by a `git grep` for one pattern in the same repository.
 * @param bench what bench.mjs measures and prints with.
 */
export async function guard({ node, bin, env, scratch, timesOf, bar, line }) {
  if ((await which('git', { nothrow: true })) === null) return console.log('No git on PATH: no guard.')
  const repository = await newRepository(path.resolve(import.meta.dirname, '..'), scratch, env)
  const grep = (pattern) => () => ['git', '-C', repository, 'grep', '-c', '-E', pattern]
  const times = await timesOf(
    [
      ['grep', grep('AKIA[A-Z2-7]{16}'), env],
      ['git-secrets', grep(gitSecrets), env],
      ['guard', () => [node, bin, 'guard', 'scan', repository], env],
    ],
    rounds,
  )
  const [plain, patterns, scan] = ['grep', 'git-secrets', 'guard'].map((name) => times.get(name))
  const note = `, ${scan.toFixed(0)} ms; git grep ${plain.toFixed(0)} ms`
  bar('devk8s guard scan, by git grep', scan / plain, 10, `${(scan / plain).toFixed(1)} x`, note)
  const shown = `${(scan / patterns).toFixed(2)} x`
  line('  by git grep with those of git-secrets', shown, `${patterns.toFixed(0)} ms`)
  await fs.remove(repository)
}

/** What `git secrets --register-aws` looks for, without account ids. */
const quote = `("|')?`
const gitSecrets = [
  '(A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16}',
  `${quote}(AWS|aws|Aws)?_?(SECRET|secret|Secret)?_?(ACCESS|access|Access)?_?(KEY|key|Key)${quote}[[:space:]]*(:|=>|=)[[:space:]]*${quote}[A-Za-z0-9/+=]{40}${quote}`,
].join('|')

/** 10,000 files as people write them: this project's own sources and pages, over and over. */
async function newRepository(root, scratch, env) {
  const repository = await fs.mkdtemp(path.join(scratch, 'guard-'))
  const git = (...args) => execFileSync('git', ['-C', repository, ...args], { env, stdio: 'ignore' })
  const names = ['src', 'docs', 'scripts'].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name))),
  )
  const texts = names.map((name) => fs.readFileSync(path.join(root, name)))
  for (let index = 0; index < count; index += 1) {
    const file = path.join(
      repository,
      `copy-${Math.floor(index / names.length)}`,
      names[index % names.length],
    )
    fs.outputFileSync(file, texts[index % names.length])
  }
  // The one hit of the grep; to the guard it is AWS' own example.
  fs.writeFileSync(path.join(repository, 'README.md'), 'AKIAIOSFODNN7EXAMPLE\n')
  git('init', '-q')
  git('add', '.')
  return repository
}
