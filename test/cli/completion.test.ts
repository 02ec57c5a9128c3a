import { execFile, execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { completeWords, type CompletionProvider } from '../../src/cli/completion.ts'
import { renderCompletion } from '../../src/cli/completion-scripts.ts'
import { shells } from '../../src/cli/commands-general.ts'

const provider: CompletionProvider = {
  profiles: async () => ['default', 'aws'],
  contexts: async () => ['local', 'arn:aws:eks:eu-west-1:1:cluster/dev'],
  namespaces: async () => ['default', 'payments'],
  addons: async () => ['dashboard', 'ingress', 'ingress-dns'],
  faults: async () => ['cluster.start=timeout', 'cluster.start=reset', 'docker=down'],
}

async function valuesFor(line: string): Promise<readonly string[]> {
  const lines = await completeWords(line.split(' '), provider)
  return lines.map((each) => each.split('\t', 1)[0] ?? '')
}

describe('what may stand at the cursor', () => {
  test.each([
    ['d', ['doctor', 'down', 'destroy']],
    ['switch ', ['local', 'arn:aws:eks:eu-west-1:1:cluster/dev']],
    ['switch l', ['local']],
    ['switch local ', []],
    ['switch -n ', ['default', 'payments']],
    ['switch --namespace=p', ['--namespace=payments']],
    ['namespaces p', ['payments']],
    ['exec local ar', ['arn:aws:eks:eu-west-1:1:cluster/dev']],
    ['exec local -- kubectl ', []],
    ['contexts remove local l', ['local']],
    ['contexts color local y', ['yellow']],
    ['prompt init ', ['bash', 'zsh', 'fish']],
    ['alias install ', ['kubectx', 'kubens']],
    ['--json st', ['status']],
    ['profile ', ['list', 'show', 'validate', 'init']],
    ['profile v', ['validate']],
    ['profile validate ', [':files']],
    ['profile validate a ', []],
    ['up ', []],
    ['up --dr', ['--dry-run', '--driver']],
    ['up --dry-run --dr', ['--driver']],
    ['up --addon dashboard --add', ['--addon']],
    ['up --driver v', ['vfkit', 'virtualbox', 'vmware']],
    ['up --driver=v', ['--driver=vfkit', '--driver=virtualbox', '--driver=vmware']],
    ['up --output ', ['human', 'json', 'ndjson']],
    ['up --profile ', ['default', 'aws', ':files']],
    ['up --profile=a', ['--profile=aws']],
    ['up --addon in', ['ingress', 'ingress-dns']],
    ['up --context-name ', ['local', 'arn:aws:eks:eu-west-1:1:cluster/dev']],
    ['up --rehearse-fault cluster.start=t', ['cluster.start=timeout']],
    ['up --plan ', [':files']],
    ['up -o ', [':files']],
    ['up --memory ', []],
    ['up --json=', []],
    ['down --dr', []],
    ['down --driver=', []],
    ['completion ', ['bash', 'zsh', 'fish', 'powershell']],
    ['completion bash ', []],
    ['nonsense ', []],
    ['up -- ', []],
  ] as const)('devk8s %s', async (line, values) => {
    expect(await valuesFor(line)).toEqual(values)
  })

  test('every flag of a command is offered, and --help', async () => {
    const values = await valuesFor('profile list -')
    expect(values).toEqual(expect.arrayContaining(['--json', '--profile', '--rehearse', '--help']))
    expect(values).not.toContain('--driver')
  })

  test('no words at all are as good as an empty one', async () => {
    const lines = await completeWords([], provider)
    expect(lines).toEqual(await completeWords([''], provider))
    expect(await valuesFor('')).toEqual(
      expect.arrayContaining(['up', 'plan', 'switch', 'contexts', 'exec', 'prompt', 'alias', 'version']),
    )
  })

  test('the answer is lines: value, tab, brief, and a request for files', async () => {
    expect(await completeWords(['pl'], provider)).toEqual([
      'plan\tShow what up would change, and change nothing',
    ])
    expect(await completeWords(['up', '--profile', ''], provider)).toEqual(['default', 'aws', ':files'])
  })
})

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** A devk8s that notes its arguments and gives these lines. */
async function stand(
  answer: string,
): Promise<{ readonly folder: string; readonly asked: () => readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'devk8s-completion-'))
  folders.push(folder)
  await writeFile(
    join(folder, 'devk8s'),
    `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/asked'\nprintf '%b' '${answer}'\n`,
  )
  await chmod(join(folder, 'devk8s'), 0o755)
  return {
    folder,
    asked: () =>
      execFileSync('cat', [join(folder, 'asked')], { encoding: 'utf8' })
        .split('\n')
        .slice(0, -1),
  }
}

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const runFile = promisify(execFile)

/** What bash puts into COMPREPLY for these words, and what it asked devk8s. */
async function completeInBash(words: readonly string[], answer: string) {
  const { folder, asked } = await stand(answer)
  const script = `${renderCompletion('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _devk8s devk8s
for reply in "\${COMPREPLY[@]}"; do printf '%s\\n' "$reply"; done`
  const { stdout } = await runFile('bash', ['-c', script, 'bash', ...words], {
    cwd: folder,
    env: { PATH: `${folder}:/usr/bin:/bin` },
  })
  return { replies: stdout.split('\n').slice(0, -1), asked: asked() }
}

describe.skipIf(!isInstalled('bash'))('bash', () => {
  test.each([
    [['devk8s', ''], String.raw`up\tBrief\nplan\n`, ['--', ''], ['up', 'plan']],
    [['devk8s', 'up', '--dr'], String.raw`--dry-run\tx y\n`, ['--', 'up', '--dr'], ['--dry-run']],
    // bash hands `--output=js` over in three words, and replaces only the last.
    [
      ['devk8s', 'up', '--output', '=', 'js'],
      String.raw`--output=json\n`,
      ['--', 'up', '--output=js'],
      ['json'],
    ],
    [['devk8s', 'up', '--output', '='], String.raw`--output=json\n`, ['--', 'up', '--output='], ['json']],
    [
      ['devk8s', 'up', '--context-name', 'arn', ':', 'aws', ':'],
      String.raw`arn:aws:eks\n`,
      ['--', 'up', '--context-name', 'arn:aws:'],
      ['eks'],
    ],
    [
      ['devk8s', 'up', '--rehearse-fault', 'cluster.start', '=', 't'],
      String.raw`cluster.start=timeout\n`,
      ['--', 'up', '--rehearse-fault', 'cluster.start=t'],
      ['timeout'],
    ],
    [['devk8s', 'up', '--plan', 'as'], String.raw`:files\n`, ['--', 'up', '--plan', 'as'], ['asked']],
    [['devk8s', 'up', 'two words', ''], '', ['--', 'up', 'two words', ''], []],
  ])('%j', async (words, answer, wanted, replies) => {
    expect(await completeInBash(words, answer)).toEqual({ asked: ['__complete', ...wanted], replies })
  })

  describe('kubectx and kubens, when they are names of devk8s', () => {
    async function completeName(line: string, answer: string) {
      const { folder, asked } = await stand(answer)
      await mkdir(join(folder, 'dist'))
      await writeFile(join(folder, 'dist/bin.js'), '', { mode: 0o755 })
      for (const name of ['kubectx', 'kubens']) await symlink(join(folder, 'dist/bin.js'), join(folder, name))
      const script = `${renderCompletion('bash')}
complete -p kubectx kubens
COMP_LINE=$1; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=($1); COMP_CWORD=1; _devk8s_names "\${1%% *}"
for reply in "\${COMPREPLY[@]}"; do printf '%s\\n' "$reply"; done`
      const { stdout } = await runFile('bash', ['-c', script, 'bash', line], {
        cwd: folder,
        env: { PATH: `${folder}:/usr/bin:/bin` },
      })
      const [first, second, ...replies] = stdout.split('\n').slice(0, -1)
      return { registered: [first, second], replies, asked }
    }

    test.each([
      ['kubectx st', String.raw`staging\n`, ['__complete', '--', 'switch', 'st'], ['staging']],
      ['kubens ', String.raw`default\npay\n`, ['__complete', '--', 'namespaces', ''], ['default', 'pay']],
      [
        'kubectx arn:aws:e',
        String.raw`arn:aws:eks:dev\n`,
        ['__complete', '--', 'switch', 'arn:aws:e'],
        ['eks:dev'],
      ],
    ])('%s', async (line, answer, wanted, replies) => {
      const done = await completeName(line, answer)
      expect(done.registered).toEqual([
        'complete -F _devk8s_names kubectx',
        'complete -F _devk8s_names kubens',
      ])
      expect(done.asked()).toEqual(wanted)
      expect(done.replies).toEqual(replies)
    })

    test('flags are those of kubectx, and nobody is asked', async () => {
      const { replies } = await completeName('kubectx --', '')
      expect(replies).toEqual(['--current', '--help', '--unset', '--version'])
    })

    test('a kubectx of somebody else keeps its own completion', async () => {
      const { folder } = await stand('')
      await writeFile(join(folder, 'kubectx'), '', { mode: 0o755 })
      const script = `${renderCompletion('bash')}\ncomplete -p kubectx || echo none`
      const { stdout } = await runFile('bash', ['-c', script], { env: { PATH: `${folder}:/usr/bin:/bin` } })
      expect(stdout).toBe('none\n')
    })
  })

  test('a devk8s that fails leaves the line alone', async () => {
    const script = `${renderCompletion('bash')}
COMP_WORDS=(devk8s u); COMP_CWORD=1; _devk8s /nonexistent/devk8s; echo "\${#COMPREPLY[@]}"`
    const { stdout, stderr } = await runFile('bash', ['-c', script])
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' })
  })
})

describe('the other shells', () => {
  test.each(shells)('the script of %s asks __complete and knows :files', (shell) => {
    const script = renderCompletion(shell)
    expect(script).toMatch(/__complete -- /)
    expect(script).toContain(':files')
    expect(script).not.toContain('undefined')
  })

  test.skipIf(!isInstalled('zsh'))('zsh parses its script', async () => {
    const { stderr } = await runFile('zsh', ['-n', '-c', renderCompletion('zsh')])
    expect(stderr).toBe('')
  })

  test.skipIf(!isInstalled('fish'))('fish completes with its script', async () => {
    const { folder, asked } = await stand(String.raw`up\tBrief\nplan\n`)
    const { stdout } = await runFile('fish', ['-c', `${renderCompletion('fish')}\ncomplete -C 'devk8s '`], {
      env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder },
    })
    expect(stdout).toContain('up\tBrief')
    expect(asked()).toEqual(['__complete', '--', ''])
  })

  test.skipIf(!isInstalled('pwsh'))('PowerShell parses its script', async () => {
    const { stdout } = await runFile('pwsh', ['-NoProfile', '-c', `${renderCompletion('powershell')}\n'ok'`])
    expect(stdout.trim()).toBe('ok')
  })
})
