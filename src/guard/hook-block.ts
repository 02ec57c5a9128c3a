/** What devk8s wrote stands between these two, in shell and in YAML alike; everything else is somebody else's. */
export const blockStart = '# >>> devk8s guard >>>'
export const blockEnd = '# <<< devk8s guard <<<'

/** How the hook starts devk8s, and what it does where there is none. */
export interface Launch {
  /** This very one, where it is there to stay; undefined in files that the team shares, and for the cache of npx. */
  readonly own?: { readonly nodePath: string; readonly scriptPath: string }
  /** In a file that the team shares: whoever has no devk8s is told so, and commits. */
  readonly isShared: boolean
}

const scan = 'guard scan --staged'
/**
 * Where devk8s may be, and the test for it. npx finds it in folders above, as in a repository of many packages;
 * `--offline`, since `--no-install` alone asks the registry first and a commit would wait for a network that is not there.
 */
const whereabouts = [
  ['command -v devk8s >/dev/null 2>&1', 'devk8s'],
  ['[ -x node_modules/.bin/devk8s ]', 'node_modules/.bin/devk8s'],
  [
    'npx --offline --no-install devk8s version >/dev/null 2>&1 </dev/null',
    'npx --offline --no-install devk8s',
  ],
] as const

/** Without a quote in it: it stands between quotes. */
const missingWords = 'devk8s is not installed, so nobody has looked for keys in what is staged.'

/**
 * The lines of a shell hook. They go by `sh`, under `set -e` too (husky), and leave standard input and arguments alone.
 * In a person's own hook the commit is refused without devk8s: a guard that is silently absent guards nothing. In a
 * file of the team that would stop everybody who has not installed it yet: they are told. What to do is said.
 */
export function shellBlock({ own, isShared }: Launch): string {
  const places = [
    ...(own === undefined
      ? []
      : [
          [
            `[ -x ${quoted(own.nodePath)} ] && [ -f ${quoted(own.scriptPath)} ]`,
            `${quoted(own.nodePath)} ${quoted(own.scriptPath)}`,
          ],
        ]),
    ...whereabouts,
  ]
  return [
    `${blockStart} (devk8s guard remove takes these lines away)`,
    ...places.flatMap(([test, program], index) => [
      `${index === 0 ? 'if' : 'elif'} ${test}; then`,
      `  ${program} ${scan} </dev/null || exit 1`,
    ]),
    'else',
    ...(isShared
      ? [`  echo '${missingWords} Install it: npm install -g devk8s' >&2`]
      : [
          `  echo '${missingWords}' >&2`,
          `  echo 'Install it: npm install -g devk8s. Without it, this once: git commit --no-verify' >&2`,
          '  exit 1',
        ]),
    'fi',
    blockEnd,
  ].join('\n')
}

/**
 * The same for a file of the team that has one command in place of a script: lines which YAML folds into one. By `sh`,
 * since pre-commit starts a program and lefthook asks the shell of the system.
 */
export function foldedCommand(): readonly string[] {
  const [first = '', ...others] = whereabouts.flatMap(([test, program], index) => [
    `${index === 0 ? 'if' : 'elif'} ${test};`,
    `then ${program} ${scan};`,
  ])
  return [
    `sh -c '${first}`,
    ...others,
    `else echo "${missingWords}`,
    `Install it: npm install -g devk8s" >&2; fi'`,
  ]
}

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`

const head = '#!/bin/sh\n# Written by devk8s.\n'
/** The name that a hook which is no shell script gets while ours stands in its place. */
export const keptName = 'pre-commit.before-devk8s'
const chain = `exec "$(dirname "$0")/${keptName}" "$@"\n`

/** A whole hook, where there was none; or in front of one that lines of shell cannot be added to. */
export const newHook = (launch: Launch, isChained: boolean): string =>
  `${head}${shellBlock(launch)}\n${isChained ? chain : ''}`

/** What is left of a hook of ours without its lines: nothing of anybody. */
export function isOwnHook(rest: string): 'alone' | 'chained' | undefined {
  return rest === head ? 'alone' : rest === head + chain ? 'chained' : undefined
}

/**
 * A shell hook with the lines in it, behind its first line: at its end they would not be reached where it ends with
 * `exec` or `exit`, as many do.
 */
export function withBlock(text: string, block: string): string {
  if (!text.startsWith('#!')) return `${block}\n${text}`
  const end = text.indexOf('\n')
  return end === -1 ? `${text}\n${block}` : `${text.slice(0, end + 1)}${block}\n${text.slice(end + 1)}`
}

/** The text as it was before, byte by byte; `none` when it holds no block, `broken` when it holds half of one. */
export function withoutBlock(text: string): { readonly text: string } | 'none' | 'broken' {
  const start = text.indexOf(blockStart)
  const end = text.indexOf(blockEnd)
  if (start === -1 && end === -1) return 'none'
  const lineStart = text.lastIndexOf('\n', start) + 1
  const isAlone = text.slice(lineStart, start).trim() === '' && text.lastIndexOf(blockStart) === start
  if (start === -1 || end < start || !isAlone) return 'broken'
  const behind = end + blockEnd.length
  if (text[behind] === '\n') return { text: text.slice(0, lineStart) + text.slice(behind + 1) }
  // Put behind a line without an end, which got one for it.
  return behind === text.length ? { text: text.slice(0, Math.max(0, lineStart - 1)) } : 'broken'
}

/** Whether `sh` runs a hook of this text; of one without a first line of its own git asks `sh` as well. */
export function isShell(text: string): boolean {
  const [first = ''] = text.split('\n', 1)
  return first.startsWith('#!')
    ? /^#!\s*(?:\/usr\/bin\/env\s+(?:-S\s+)?)?(?:\S*\/)?(?:ba|da|z|k|a|mk)?sh(?:\s|$)/.test(first)
    : !text.includes('\0') && !text.includes('\uFFFD')
}
