import { describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { flagNamed } from '../../src/cli/flags.ts'
import { parseArgs } from '../../src/cli/parse.ts'
import { renderRow, wrap } from '../../src/cli/wrap.ts'

const faults = async () => [{ name: 'cluster.start', values: { timeout: 'The API server never appears.' } }]

async function help(argv: readonly string[]): Promise<string> {
  const parsed = await parseArgs(argv, {}, { faults })
  if (parsed.kind !== 'text') throw new Error(JSON.stringify(parsed))
  expect(parsed.exit).toBe(0)
  return parsed.text
}

describe('help', () => {
  test('of devk8s itself', async () => {
    const text = await help(['--help'])
    expect(text).toMatchInlineSnapshot(`
      "One command from a new laptop to a local Kubernetes that behaves like your
      team's clusters.

      Usage: devk8s COMMAND [FLAGS]

      The local cluster:
        up            Bring this machine to what the profile says
        plan          Show what up would change, and change nothing
        status        Show what is there now
        doctor        Check the machine and say what mends it
        down          Stop the cluster; keep its data and the context
        destroy       Delete the cluster and all that devk8s wrote
        verify        Prove the cluster with a sample app
        profile       Look at, check and write team profiles

      Contexts and credentials:
        switch        Make another context the current one
        env           Bind the present shell to a context
        namespaces    List namespaces, or make one the default of the context
        exec          Run a command against several contexts side by side
        contexts      List, compare, write and mend the contexts of your kubeconfig
        unlock        Lift the protection of a context for a while
        lock          Put the protection back before its time
        token         Print credentials for kubectl
        prompt        Show the context in the prompt of your shell
        alias         Set up kubectx and kubens

      AWS:
        aws           Sign in to AWS, and see and renew what the cluster has of it
        guard         Find keys in code, and keep them and local images out

      devk8s itself:
        completion    Print the completion script of a shell
        version       Show the versions of devk8s, minikube and kubectl

      Examples:
        devk8s up --rehearse   See what it does; nothing real changes
        devk8s plan            What it would change on this machine
        devk8s up              Do it
        devk8s switch staging  Work with another cluster
        devk8s doctor          When something does not work

      Exit codes:
        0    done
        1    a step failed
        2    the command line or the profile is wrong
        3    changes are needed
        4    a person must do something first
        5    declined
        6    another run holds the lock
        70   a bug in devk8s
        130  interrupted (Ctrl-C)
        143  told to stop (SIGTERM)

      devk8s COMMAND --help shows the flags of a command. The environment variable
      named beside a flag is used when the flag is not given.
      devk8s --version prints the version.
      "
    `)
    for (const argv of [[], ['-h'], ['help'], ['--json', '--help']]) expect(await help(argv)).toBe(text)
  })

  test('of a group', async () => {
    const text = await help(['profile', '--help'])
    expect(text).toMatchInlineSnapshot(`
      "Look at, check and write team profiles.

      Usage: devk8s profile COMMAND [FLAGS]

      Commands:
        list          List the profiles that can be named
        show          Show the profile in force, complete
        validate      Check a profile and report every fault at once
        init          Write a commented profile to start from

      Examples:
        devk8s profile list                  Names and where they come from
        devk8s profile show                  The profile that up would use
        devk8s profile validate devk8s.yaml  For a commit hook
        devk8s profile init                  devk8s.yaml in this folder

      devk8s profile COMMAND --help shows the flags of a command. The environment
      variable named beside a flag is used when the flag is not given.
      "
    `)
    for (const argv of [['profile'], ['help', 'profile'], ['profile', '-h']])
      expect(await help(argv)).toBe(text)
  })

  test('of words that are two deep shows examples of what is below them alone', async () => {
    const examples = [...(await help(['aws', 'broker', '--help'])).matchAll(/^  (devk8s \w.*?)  /gm)]
    expect(examples.map(([, command]) => command)).toEqual([
      'devk8s aws broker start',
      'devk8s aws broker stop',
      'devk8s aws broker status',
    ])
  })

  test('of a command', async () => {
    const text = await help(['profile', 'init', '--help'])
    expect(text).toMatchInlineSnapshot(`
      "Write a commented profile to start from.

      Usage: devk8s profile init [PATH] [FLAGS]

      Writes devk8s.yaml here, or PATH. A file that is there is kept unless --force is
      given.

      Arguments:
        PATH          The profile file

      Examples:
        devk8s profile init                       devk8s.yaml in this folder
        devk8s profile init team.yaml --from aws  Begin with the aws profile

      Flags:
            --from NAME|PATH        Begin with this bundled profile or file
                                    [DEVK8S_FROM]
            --force                 Take a file, a name or a namespace although
                                    something is in the way [DEVK8S_FORCE]

      Common flags:
            --profile NAME|PATH     The profile to use: a name or a path
                                    [DEVK8S_PROFILE]
        -y, --yes                   Answer yes to what would be asked [DEVK8S_YES]
            --no-input              Never ask; take defaults or stop [DEVK8S_NO_INPUT]
            --json                  Print one JSON document, same as --output json
                                    [DEVK8S_JSON]
            --output FORMAT         human, json, or ndjson for a stream of events
                                    [DEVK8S_OUTPUT]
        -v, --verbose               Say more [DEVK8S_VERBOSE]
        -q, --quiet                 Say only what failed [DEVK8S_QUIET]
            --show-commands         Show each outside command as it runs
                                    [DEVK8S_SHOW_COMMANDS]
            --color WHEN            auto, always or never [DEVK8S_COLOR]
            --no-color              Same as --color never; NO_COLOR works too
                                    [DEVK8S_NO_COLOR]

      Rehearsal:
            --rehearse              Run against a simulated laptop; nothing real
                                    changes [DEVK8S_REHEARSE]
            --rehearse-fault PLACE=FAULT
                                    Play this fault in a rehearsal; repeat for more
                                    [DEVK8S_REHEARSE_FAULT]

      devk8s up --help lists the faults that --rehearse-fault can play.

      Exit codes:
        0    done
        1    a step failed
        2    the command line or the profile is wrong
        5    declined
        70   a bug in devk8s
        130  interrupted (Ctrl-C)
        143  told to stop (SIGTERM)

      The environment variable named beside a flag is used when the flag is not given.
      "
    `)
    expect(await help(['help', 'profile', 'init'])).toBe(text)
  })

  test('is given even when the rest of the line is wrong', async () => {
    expect(await help(['up', '--dry-rum', '--help'])).toBe(await help(['up', '--help']))
  })

  test('of up lists the faults of a rehearsal', async () => {
    expect(await help(['up', '--help'])).toContain(
      '  cluster.start=timeout         The API server never appears.\n',
    )
    expect(await help(['plan', '--help'])).toContain('devk8s up --help lists the faults')
  })

  test.each(commands.map((command) => [command.path, command] as const))(
    'of %j fits 80 columns and names every flag with its variable',
    async (path, command) => {
      const text = await help([...path, '--help'])
      const words = text.split(/\s+/)
      expect(text.split('\n').filter((line) => line.length > 80 || line !== line.trimEnd())).toEqual([])
      expect(words).toEqual(expect.arrayContaining(command.flags.map((name) => `--${name}`)))
      const variables = command.variables === false ? [] : command.flags
      expect(words).toEqual(
        expect.arrayContaining(
          variables.flatMap((name) => {
            const { variable } = flagNamed(name)
            return variable === undefined ? [] : [`[${variable}]`]
          }),
        ),
      )
    },
  )
})

describe('wrapping', () => {
  test.each([
    ['', 10, []],
    ['one two three', 7, ['one two', 'three']],
    ['averylongword b', 5, ['averylongword', 'b']],
  ] as const)('%j at %i', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines)
  })

  test('a left column that is too long stands on its own line', () => {
    expect(renderRow('--long-flag', 'says more', 6, 20)).toEqual(['--long-flag', '      says more'])
    expect(renderRow('-x', '', 6, 20)).toEqual(['-x'])
  })
})
