import { problem, type Problem } from '../problems/problem.ts'
import {
  flagNeedsValue,
  flagTwice,
  missingWord,
  unexpectedWord,
  unknownCommand,
  unknownFlag,
  valueNotAllowed,
} from '../problems/usage.ts'
import type { UsageFault } from './app.ts'
import { commandAt, wordsAfter } from './commands.ts'
import { flagIn, flags } from './flags.ts'
import { nearest } from '../problems/nearest.ts'
import { renderShellWords } from './shell-words.ts'

/** A command of devk8s to paste. */
export function commandLine(path: readonly string[], ...rest: readonly string[]): string {
  return renderShellWords(['devk8s', ...path, ...rest])
}

/** The longest run of command words at the head of the arguments. */
export function pathOf(argv: readonly string[]): readonly string[] {
  const path: string[] = []
  for (const word of argv) {
    if (!wordsAfter(path).includes(word)) break
    path.push(word)
  }
  return path
}

/** What is wrong with the arguments, with the word that is and what was probably meant. */
export function problemOf(fault: UsageFault, argv: readonly string[]): Problem {
  const path = pathOf(argv)
  switch (fault.kind) {
    case 'unknown-command':
      return fault.word.startsWith('-')
        ? flagBeforeCommand(fault.word, path)
        : unknownWord(fault.word, path, argv)
    case 'unknown-flag':
      return unknownFlagOf(fault.word, path, argv)
    case 'flag-needs-value':
      return valueMissing(fault.flag, fault.next, path)
    case 'flag-twice':
      return givenTwice(fault, path)
    case 'bad-switch':
      return problem(valueNotAllowed, {
        detail: `--${fault.flag}=${fault.value}: it must be true or false, or stand alone.`,
        next: [mendedLine(argv, `--${fault.flag}=${fault.value}`, `--${fault.flag}`)],
      })
    case 'unexpected-word':
      return problem(unexpectedWord, {
        detail: `${commandLine(path)} does not take ${JSON.stringify(fault.word)}.`,
        next: [commandLine(path, '--help')],
      })
    case 'missing-word':
      return wordMissing(fault.placeholder, path, argv)
  }
}

function valueMissing(flag: string, next: string | undefined, path: readonly string[]): Problem {
  const { placeholder = 'VALUE' } = flagIn(commandAt(path), flag)
  const behind = next === undefined ? 'the line ends' : `--${next} comes`
  return problem(flagNeedsValue, {
    detail: `--${flag} wants a value, ${placeholder}, but ${behind} after it.`,
    next: [commandLine(path, '--help')],
  })
}

function givenTwice(fault: Extract<UsageFault, { kind: 'flag-twice' }>, path: readonly string[]): Problem {
  const isSwitch = flagIn(commandAt(path), fault.flag).kind === 'switch'
  return problem(flagTwice, {
    detail: `--${fault.flag} was given twice${isSwitch ? '' : `: ${fault.first} and ${fault.second}`}.`,
    next: [commandLine(path, '--help')],
  })
}

/** The words that are there already stay in what is offered. */
function wordMissing(placeholder: string, path: readonly string[], argv: readonly string[]): Problem {
  const word = commandAt(path)?.words.find((each) => each.placeholder === placeholder)
  const values: readonly string[] = Array.isArray(word?.values) ? word.values : []
  return problem(missingWord, {
    detail: `${commandLine(path)} needs ${placeholder}${word === undefined ? '' : `: ${word.brief}`}.`,
    next: values.length > 0 ? values.map((value) => commandLine(argv, value)) : [commandLine(path, '--help')],
  })
}

function unknownWord(word: string, path: readonly string[], argv: readonly string[]): Problem {
  const meant = nearest(word, wordsAfter(path))
  return problem(unknownCommand, {
    detail: `${commandLine([...path, word])}: ${JSON.stringify(word)} is not a command.${didYouMean(meant)}`,
    next: meant === undefined ? [commandLine(path, '--help')] : [mendedLine(argv, word, meant)],
  })
}

function flagBeforeCommand(word: string, path: readonly string[]): Problem {
  const name = word.replace(/^-+/, '').split('=', 1)[0] ?? ''
  const isKnown = flags.some((flag) => flag.name === name || flag.alias === name)
  if (!isKnown) return unknownFlagOf(word, path, [word])
  return problem(missingWord, {
    detail: `${word} needs a command to act on: one of ${wordsAfter(path).join(', ')}.`,
    next: [commandLine(path, '--help')],
  })
}

function unknownFlagOf(word: string, path: readonly string[], argv: readonly string[]): Problem {
  const command = commandAt(path)
  const own = command?.flags ?? flags.map((flag) => flag.name)
  const [typed = word] = word.split('=', 1)
  const isLong = typed.startsWith('--')
  const bare = typed.replace(/^-+/, '')
  const meant = isLong || bare.length > 1 ? nearest(bare, [...own, 'help', 'version']) : undefined
  const elsewhere = flags.find((flag) => `--${flag.name}` === typed || `-${flag.alias ?? ''}` === typed)
  const subject = command === undefined ? 'devk8s' : commandLine(path)
  const detail =
    elsewhere === undefined
      ? `${subject} has no flag ${typed}.${didYouMean(meant === undefined ? undefined : `--${meant}`)}`
      : `${subject} does not take ${typed}; other commands do.`
  return problem(unknownFlag, {
    detail,
    next:
      meant === undefined || elsewhere !== undefined || command === undefined
        ? [commandLine(path, '--help')]
        : [mendedLine(argv, typed, `--${meant}`)],
  })
}

/**
 * The line as typed with one word mended, so that what stood beside it, `--dry-run` above all, stays.
 * A value is mended behind its `=` too.
 */
export function mendedLine(argv: readonly string[], typed: string, meant: string): string {
  const mended = argv.map((word) => {
    if (word === typed) return meant
    if (word.startsWith(`${typed}=`)) return meant + word.slice(typed.length)
    return word.startsWith('-') && word.endsWith(`=${typed}`) ? word.slice(0, -typed.length) + meant : word
  })
  return renderShellWords(['devk8s', ...mended])
}

function didYouMean(meant: string | undefined): string {
  return meant === undefined ? '' : ` Did you mean ${meant}?`
}
