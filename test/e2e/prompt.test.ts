import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { parseKubeconfig } from '../../src/kubeconfig/config.ts'
import { kubeconfig as anyKubeconfig } from '../unit/kubeconfig/generated.ts'
import { type Home, kubeconfig, newHome } from '../verbs/switch-lab.ts'

type ShellName = 'bash' | 'zsh' | 'fish'

const startOf: Readonly<Record<ShellName, readonly string[]>> = {
  bash: ['--norc', '--noprofile', '-u'],
  zsh: ['-f', '-u'],
  // fish reads a script from a pipe whole before it begins.
  fish: ['--no-config', '-c', 'while read -l line; eval $line; end'],
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, program === 'kubectl' ? ['version', '--client'] : ['-c', 'exit 0'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

/** A shell that has loaded the prompt, and lives on between two prompts as a person's does. */
interface Shell {
  readonly pid: number
  /** What the next prompt shows: `context:namespace|colour|protected`. */
  prompt(): Promise<string>
  /** Runs a line of the shell's own and gives the line that it prints. */
  say(line: string): Promise<string>
  /** All that it has said on stderr: a program that the prompt wanted to start would be named there. */
  stderr(): string
  end(): void
}

const open: Shell[] = []
afterEach(() => {
  for (const shell of open.splice(0)) shell.end()
})

async function newShell(
  name: ShellName,
  home: Home,
  env: Readonly<Record<string, string>> = {},
): Promise<Shell> {
  const { stdout: script } = await home.run(['prompt', 'init', name], { env })
  const file = join(home.folder, `prompt.${name}`)
  await writeFile(file, script)
  const child = spawn(name, startOf[name], {
    cwd: home.folder,
    // A PATH of the test's own only to start it; within, there is none.
    env: { PATH: process.env['PATH'], HOME: home.home, LC_ALL: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  let told = () => {}
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    told()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const say = async (line: string) => {
    child.stdin.write(`${line}\n`)
    while (!out.includes('\n')) {
      await new Promise<void>((resolve) => {
        told = resolve
      })
    }
    const [first = '', ...rest] = out.split('\n')
    out = rest.join('\n')
    return first
  }
  const shell: Shell = {
    pid: child.pid ?? 0,
    say,
    prompt: () =>
      say(
        name === 'fish'
          ? '_devk8s_prompt; echo "$DEVK8S_PROMPT|$DEVK8S_PROMPT_COLOR|$DEVK8S_PROMPT_PROTECTED"'
          : '_devk8s_prompt; printf "%s|%s|%s\\n" "$DEVK8S_PROMPT" "$DEVK8S_PROMPT_COLOR" "$DEVK8S_PROMPT_PROTECTED"',
      ),
    stderr: () => err,
    end: () => child.kill('SIGKILL'),
  }
  open.push(shell)
  await say(
    name === 'fish'
      ? `function fish_prompt; echo -n '> '; end; source ${file}; set -e PATH; echo loaded`
      : `PS1='> '; source ${file}; PATH=; echo loaded`,
  )
  return shell
}

/** How often the kernel gave memory to children that the process has waited for: any child at all makes it grow. */
function childFaults(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[8])
}

const config = kubeconfig(
  [
    { name: 'dev', namespace: 'payments' },
    { name: 'staging', aliases: ['s'] },
    { name: 'prod', protected: true, namespace: 'web' },
  ],
  'dev',
)

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (name) => {
  // bash is everywhere that devk8s is developed; a machine without the others says here what it skips.
  describe.skipIf(name !== 'bash' && !isInstalled(name))('the prompt', () => {
    test('shows context, namespace, colour and protection, and follows devk8s switch', async () => {
      const home = await newHome(config)
      await home.run('contexts color staging yellow')
      const shell = await newShell(name, home)
      expect(await shell.prompt()).toBe('dev:payments||')
      await home.run('switch staging')
      expect(await shell.prompt()).toBe('staging|yellow|')
      await home.run('switch prod --yes-prod')
      expect(await shell.prompt()).toBe('prod:web|red|1')
      await home.run('namespaces other --force')
      expect(await shell.prompt()).toBe('prod:other|red|1')
      await home.run('contexts color staging green')
      await home.run('switch staging')
      expect(await shell.prompt()).toBe('staging|green|')
      expect(shell.stderr()).toBe('')
    })

    test('shows nothing in a bound shell without a context', async () => {
      const home = await newHome(config.replace('current-context: dev', 'current-context: "(none)"'))
      const shell = await newShell(name, home)
      expect(await shell.prompt()).toBe('||')
      expect(shell.stderr()).toBe('')
    })

    test.skipIf(!isInstalled('kubectl'))('follows kubectl, which writes in place', async () => {
      const home = await newHome(config)
      const shell = await newShell(name, home)
      for (const context of ['staging', 'dev', 'staging', 'prod', 'dev']) {
        execFileSync('kubectl', ['config', 'use-context', context, '--kubeconfig', home.config])
        expect((await shell.prompt()).split(/[:|]/)[0]).toBe(context)
      }
      expect(shell.stderr()).toBe('')
    })

    test.skipIf(process.platform !== 'linux')('starts no process, changed or not', async () => {
      const home = await newHome(config)
      const shell = await newShell(name, home)
      const before = childFaults(shell.pid)
      for (let round = 0; round < 5; round += 1) await shell.prompt()
      await home.run('switch staging')
      expect(await shell.prompt()).toBe('staging||')
      expect(childFaults(shell.pid)).toBe(before)
    })

    test('costs less than 5 ms when nothing has changed', async () => {
      const home = await newHome(config)
      const shell = await newShell(name, home)
      await shell.prompt()
      const many =
        name === 'fish'
          ? 'for i in 1 2 3 4 5 6 7 8 9 10; for j in 1 2 3 4 5 6 7 8 9 10; _devk8s_prompt; end; end; echo done'
          : 'for i in 1 2 3 4 5 6 7 8 9 10; do for j in 1 2 3 4 5 6 7 8 9 10; do _devk8s_prompt; done; done; echo done'
      const start = performance.now()
      expect(await shell.say(many)).toBe('done')
      expect((performance.now() - start) / 100).toBeLessThan(5)
    })

    test.each([
      ['quotes', 'current-context: "a b"\n', 'a b'],
      ['single quotes', "current-context: 'it''s'\n", "it's"],
      ['escapes', String.raw`current-context: "a\"b\\c"` + '\n', String.raw`a"b\c`],
      ['a quoted key', '"current-context": x\n', 'x'],
      ['a comment', 'current-context: x # mine\n', 'x'],
      ['# within a name', 'current-context: a#b\n', 'a#b'],
      ['CRLF', 'apiVersion: v1\r\ncurrent-context: x\r\nkind: Config\r\n', 'x'],
      ['a byte order mark', '\uFEFFcurrent-context: x\n', 'x'],
      ['no line break at the end', 'current-context: x', 'x'],
      ['deeper down', 'users:\n- name: u\n  user:\n    current-context: no\ncurrent-context: yes1\n', 'yes1'],
      ['unset', 'current-context: ""\n', ''],
      ['null', 'current-context: null\n', ''],
      ['nothing behind it', 'current-context:\nkind: Config\n', ''],
      ['an empty file', '', ''],
      ['JSON', '{"kind": "Config", "current-context": "js\\"on"}', 'js"on'],
      [
        'laid out JSON',
        '{\n    "contexts": [],\n    "current-context": "x",\n    "kind": "Config"\n}\n',
        'x',
      ],
      ['an EKS ARN is its cluster', 'current-context: arn:aws:eks:eu-west-1:1:cluster/acme\n', 'acme'],
      ['control characters', 'current-context: "a\u001B[31mb"\n', 'a[31mb'],
      ['what shells might run', 'current-context: "$(touch hacked)`id`%n"\n', '$(touch hacked)`id`%n'],
    ])('reads %s', async (_, text, shown) => {
      const home = await newHome(text)
      const shell = await newShell(name, home)
      expect(await shell.prompt()).toBe(`${shown}||`)
      expect(shell.stderr()).toBe('')
      expect(await readdir(home.folder)).not.toContain('hacked')
    })

    test.each([
      ['as kubectl writes', '- context:\n    cluster: c\n    namespace: ns\n    user: u\n  name: x\n'],
      ['name first', '- name: x\n  context:\n    cluster: c\n    namespace: "ns"\n'],
      ['indented', '  - name: x\n    context:\n      namespace: ns # here\n'],
      ['CRLF', '- context:\r\n    namespace: ns\r\n  name: x\r\n'],
      [
        'behind others, with one in an extension',
        '- context:\n    namespace: no\n  name: w\n- context:\n    extensions:\n    - extension:\n        namespace: no\n      name: e\n    namespace: ns\n  name: x\n',
      ],
    ])('finds the namespace %s', async (_, contexts) => {
      const home = await newHome(`current-context: x\ncontexts:\n${contexts}users: []\n`)
      const shell = await newShell(name, home)
      expect(await shell.prompt()).toBe('x:ns||')
    })

    test('the first of several files that names one; missing and empty members are passed over', async () => {
      const home = await newHome('current-context: home\n')
      const [a, b] = [join(home.folder, 'a'), join(home.folder, 'b')]
      await writeFile(b, 'current-context: fromb\n')
      const shell = await newShell(name, home, { KUBECONFIG: `:${a}:${home.folder}/none/x:${b}:` })
      expect(await shell.prompt()).toBe('fromb||')
      await writeFile(a, 'current-context: froma\n')
      expect(await shell.prompt()).toBe('froma||')
      await rm(a)
      expect(await shell.prompt()).toBe('fromb||')
    })

    test('an older file that is moved in, and a link that leads elsewhere, are seen', async () => {
      const home = await newHome('current-context: one\n')
      const shell = await newShell(name, home)
      expect(await shell.prompt()).toBe('one||')
      const old = join(home.folder, 'old')
      await writeFile(old, 'current-context: old\n')
      await utimes(old, 1, 1)
      await rename(old, home.config)
      expect(await shell.prompt()).toBe('old||')
      const target = join(home.folder, 'target')
      await writeFile(target, 'current-context: two\n')
      await utimes(target, 2, 2)
      await rm(home.config)
      await symlink(target, home.config)
      expect(await shell.prompt()).toBe('two||')
    })

    test('no kubeconfig at all shows nothing, until there is one', async () => {
      const home = await newHome('')
      await rm(join(home.home, '.kube'), { recursive: true })
      const shell = await newShell(name, home)
      expect(await shell.prompt()).toBe('||')
      await mkdir(join(home.home, '.kube'))
      await writeFile(home.config, 'current-context: x\n')
      expect(await shell.prompt()).toBe('x||')
      expect(shell.stderr()).toBe('')
    })

    test('KUBECONFIG may change within the shell, as devk8s env does it', async () => {
      const home = await newHome(config)
      const shell = await newShell(name, home)
      expect(await shell.prompt()).toBe('dev:payments||')
      const other = join(home.folder, 'other')
      await writeFile(other, 'current-context: bound\n')
      await shell.say(
        name === 'fish'
          ? `set -gx KUBECONFIG ${other}:${home.config}; echo`
          : `KUBECONFIG=${other}:${home.config}; echo`,
      )
      expect(await shell.prompt()).toBe('bound||')
    })

    test('can be switched off and on again', async () => {
      const home = await newHome(config)
      const shell = await newShell(name, home)
      await shell.say(name === 'fish' ? 'set -g DEVK8S_PROMPT_OFF 1; echo' : 'DEVK8S_PROMPT_OFF=1; echo')
      expect(await shell.prompt()).toBe('||')
      await shell.say(name === 'fish' ? 'set -e DEVK8S_PROMPT_OFF; echo' : 'unset DEVK8S_PROMPT_OFF; echo')
      expect(await shell.prompt()).toBe('dev:payments||')
    })

    test('agrees with the parser about any kubeconfig', async () => {
      const home = await newHome('')
      const shell = await newShell(name, home)
      const texts = fc.sample(anyKubeconfig, { numRuns: 150, seed: 4 }).map(({ text }) => text)
      for (const text of texts) {
        const parsed = parseKubeconfig(text, home.config)
        if ('problem' in parsed) continue
        await writeFile(home.config, text)
        const found = await shell.say(
          name === 'fish'
            ? `set -l found (_devk8s_read_current ${home.config}); echo "$found"`
            : name === 'zsh'
              ? `_devk8s_read_current ${home.config}; printf '%s\\n' "$_devk8s_value"`
              : `_devk8s_read_current < ${home.config}; printf '%s\\n' "$_devk8s_value"`,
        )
        expect({ text, found }).toEqual({ text, found: parsed.config.currentContext ?? '' })
      }
      expect(shell.stderr()).toBe('')
    })

    test('a large file is read in bounded time', async () => {
      const stanza = (at: number) => ({ name: `context-${at}` })
      const home = await newHome(
        kubeconfig(
          Array.from({ length: 10_000 }, (_, at) => stanza(at)),
          'context-9999',
        ),
      )
      const shell = await newShell(name, home)
      const start = performance.now()
      expect(await shell.prompt()).toBe('context-9999||')
      expect(performance.now() - start).toBeLessThan(3000)
    })

    test('keeps a prompt of one’s own, and is put in front of it once', async () => {
      const home = await newHome(config)
      const shell = await newShell(name, home, { NO_COLOR: '1' })
      const file = join(home.folder, `prompt.${name}`)
      await shell.say(`source ${file}; echo`)
      await shell.prompt()
      const shown =
        name === 'bash' ? 'echo "${PS1@P}"' : name === 'zsh' ? 'print -P -- "$PROMPT"' : 'fish_prompt; echo'
      expect((await shell.say(shown)).trimEnd()).toBe('(dev:payments) >')
    })
  })
})

describe('bash', () => {
  test('the prompt keeps the exit code that the person wants to see, and other hooks', async () => {
    const home = await newHome(config)
    const shell = await newShell('bash', home)
    expect(await shell.say('PROMPT_COMMAND=mine; source prompt.bash; printf "%q\\n" "$PROMPT_COMMAND"')).toBe(
      String.raw`$'_devk8s_prompt\nmine'`,
    )
    expect(
      await shell.say('(exit 7) 2>/dev/null || :; f() { return 7; }; f || _devk8s_prompt; echo $?'),
    ).toBe('7')
  })

  test('survives set -eu, noclobber and a stamp that cannot be written', async () => {
    const home = await newHome(config)
    const shell = await newShell('bash', home)
    expect(await shell.say('set -euC; _devk8s_prompt; _devk8s_prompt; echo "$DEVK8S_PROMPT"')).toBe(
      'dev:payments',
    )
    expect(await shell.say('_devk8s_stamp=/nonexistent/x; _devk8s_prompt; echo "$DEVK8S_PROMPT"')).toBe(
      'dev:payments',
    )
    expect(shell.stderr()).toBe('')
  })

  test('as bash 3.2 reads: line by line', async () => {
    const home = await newHome(
      kubeconfig(
        Array.from({ length: 500 }, (_, at) => ({ name: `c${at}` })),
        'c499',
      ),
    )
    const shell = await newShell('bash', home)
    expect(await shell.say('_devk8s_reads_chunks=0; _devk8s_prompt; echo "$DEVK8S_PROMPT"')).toBe('c499')
  })

  test('colours take no room in the line, and protected is red and bold', async () => {
    const home = await newHome(config)
    const shell = await newShell('bash', home)
    await home.run('switch prod --yes-prod')
    await shell.prompt()
    expect(await shell.say('printf "%q\\n" "$_devk8s_ps1"')).toBe(
      String.raw`$'(\001\E[1;31m\002prod:web\001\E[0m\002) '`,
    )
  })

  test('stamps of shells that are gone are swept by the next one', async () => {
    const home = await newHome(config)
    const stamps = join(home.home, '.local/state/devk8s/run/prompt')
    await mkdir(stamps, { recursive: true })
    await writeFile(join(stamps, '999999999'), '')
    const shell = await newShell('bash', home)
    await shell.prompt()
    expect(await readdir(stamps)).toEqual([String(shell.pid)])
  })
})
