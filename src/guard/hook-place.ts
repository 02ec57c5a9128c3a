import { hookNotEditable } from '../problems/guard.ts'
import { fail } from '../problems/problem.ts'
import { askGit } from './git.ts'
import {
  blockStart,
  isOwnHook,
  isShell,
  keptName,
  type Launch,
  newHook,
  shellBlock,
  withBlock,
  withoutBlock,
} from './hook-block.ts'
import { lefthookRun, lefthookWith, preCommitRepo, preCommitWith } from './hook-yaml.ts'
import type { GuardOutside } from './outside.ts'

/** Who runs the hooks of a repository. */
export type HookManager = 'git' | 'husky' | 'lefthook' | 'pre-commit'

/** Where the guard's lines belong. */
export interface HookPlace {
  readonly manager: HookManager
  readonly path: string
  /** Undefined when there is no such file. */
  readonly text: string | undefined
  /** The file belongs to the repository, and so to everybody in the team. */
  readonly isShared: boolean
  /** Hooks of all repositories of this person: core.hooksPath leads out of this one. */
  readonly isForAll: boolean
}

/** What makes the hook be there, or go: at most one file written, one moved, one removed. */
export interface HookChange {
  readonly path: string
  /** The new text; undefined when the file goes. */
  readonly text: string | undefined
  /** A new file that git runs has to be executable. */
  readonly mode?: number
  readonly move?: { readonly from: string; readonly to: string }
}

const lefthookNames = [
  'lefthook.yml',
  '.lefthook.yml',
  'lefthook.yaml',
  '.lefthook.yaml',
  '.config/lefthook.yml',
]
/** lefthook reads these as well; they are not written. */
const lefthookOthers = ['lefthook.toml', '.lefthook.toml', 'lefthook.json', '.lefthook.json']
const preCommitName = '.pre-commit-config.yaml'

/** Every place in a repository where the guard's lines may be; the first is where they belong. */
export async function hookPlaces(
  outside: GuardOutside,
  top: string,
): Promise<readonly [HookPlace, ...HookPlace[]]> {
  const { files } = outside.ports
  const places: HookPlace[] = []
  const placeAt = async (
    manager: HookManager,
    path: string,
    { isShared = true, isForAll = false } = {},
  ): Promise<HookPlace> => ({ manager, path, text: await files.readText(path), isShared, isForAll })
  const add = async (manager: HookManager, path: string) => places.push(await placeAt(manager, path))
  for (const name of lefthookNames)
    if ((await files.stat(`${top}/${name}`)) !== undefined) await add('lefthook', `${top}/${name}`)
  if ((await files.stat(`${top}/${preCommitName}`)) !== undefined)
    await add('pre-commit', `${top}/${preCommitName}`)
  if ((await files.stat(`${top}/.husky`))?.kind === 'folder') await add('husky', `${top}/.husky/pre-commit`)
  const [hooks = '', common = ''] = (
    await askGit(outside, top, ['rev-parse', '--git-path', 'hooks', '--git-common-dir'])
  ).split(/\r?\n/)
  const folder = absolute(top, hooks)
  const [isOfTree, isOfGit] = [top, absolute(top, common)].map((each) => folder.startsWith(`${each}/`))
  const last = await placeAt('git', `${folder}/pre-commit`, {
    // core.hooksPath leads to a folder of the work tree.
    isShared: isOfTree === true && isOfGit !== true,
    isForAll: isOfTree !== true && isOfGit !== true,
  })
  const [first, ...more] = places
  return first === undefined ? [last] : [first, ...more, last]
}

const absolute = (top: string, path: string): string =>
  /^(?:[/\\]|[A-Za-z]:)/.test(path) ? path : `${top}/${path}`

export const isInstalled = ({ text }: HookPlace): boolean => text?.includes(blockStart) === true

/**
 * What puts the guard's lines into a place.
 * @throws DevK8sError DK5093 with the lines, where adding them would be a guess.
 */
export async function installing(
  { ports: { files } }: GuardOutside,
  top: string,
  place: HookPlace,
  own: Launch['own'],
): Promise<HookChange> {
  const { manager, path, text, isShared } = place
  const suited: Launch = isShared || own === undefined ? { isShared } : { isShared, own }
  switch (manager) {
    case 'lefthook':
    case 'pre-commit': {
      const added = (manager === 'lefthook' ? lefthookWith : preCommitWith)(text ?? '')
      return added === undefined ? refuse(path, byHand[manager]) : { path, text: added }
    }
    case 'husky':
    case 'git': {
      if (manager === 'git') await refuseOthers(files, top)
      if (text === undefined) return { path, text: newHook(suited, false), mode: 0o755 }
      const isLink = (await files.readLink(path)) !== undefined
      const mode = (await files.stat(path))?.mode ?? 0
      if (manager === 'git' && (mode & 0o111) === 0 && !isLink)
        return refuse(path, ['It is not executable, so that git passes it by.'], [`chmod +x ${path}`])
      if (isShell(text) && !isLink) return { path, text: withBlock(text, shellBlock(suited)) }
      const kept = path.replace(/[^/\\]*$/, keptName)
      if ((await files.stat(kept)) !== undefined) return refuse(path, [`${kept} is in the way.`])
      return { path, text: newHook(suited, true), mode: 0o755, move: { from: path, to: kept } }
    }
  }
}

/** What takes the guard's lines away again; `none` where there are none. */
export function removing({ path, text = '' }: HookPlace): HookChange | 'none' | 'broken' {
  const rest = withoutBlock(text)
  if (typeof rest === 'string') return rest
  switch (isOwnHook(rest.text)) {
    case 'alone':
      return { path, text: undefined }
    case 'chained':
      return { path, text: undefined, move: { from: path.replace(/[^/\\]*$/, keptName), to: path } }
    case undefined:
      return { path, text: rest.text }
  }
}

async function refuseOthers(files: GuardOutside['ports']['files'], top: string): Promise<void> {
  for (const name of lefthookOthers) {
    if ((await files.stat(`${top}/${name}`)) !== undefined) refuse(`${top}/${name}`, byHand.lefthook)
  }
}

const byHand = {
  lefthook: [
    'Put this there:',
    'pre-commit:',
    '  commands:',
    '    devk8s-guard:',
    ...lefthookRun().map((line) => `      ${line}`),
  ],
  'pre-commit': ['Put this below repos:', ...preCommitRepo()],
} as const

function refuse(path: string, lines: readonly string[], next: readonly string[] = []): never {
  return fail(hookNotEditable, {
    detail: `${path} was left as it is.`,
    evidence: lines,
    next,
    place: { file: path },
  })
}
