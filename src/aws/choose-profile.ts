import { distance } from 'fastest-levenshtein'
import type { PersonsProfile } from '../ports/aws.ts'
import type { Question } from '../ports/prompts.ts'
import { type AccountRules, isAllowedAccount } from './accounts.ts'

/** What the choice among AWS profiles depends on. */
export interface ProfileChoice {
  /** The person's, of both files. */
  readonly profiles: readonly PersonsProfile[]
  /** Those whose keys the team lets in. */
  readonly accounts: AccountRules
  /** The one that the team's profile or the person names. */
  readonly named?: string
  /** `metadata.name` of the team's profile. */
  readonly team: string
  /** The account of the team's sign-in, where the team says how to sign in: then a profile can be set up. */
  readonly canSetUp: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

/** No profile can have this name: it has a blank. */
export const setUpAnswer = 'set up'

/**
 * - `named`: there is such a profile, or the environment says what to use, or nothing can be chosen
 * - `set-up`: there is none on this machine, and the team says how to make one
 * - `ask`: several, or one that nobody has named
 */
export type ProfileWay =
  | { readonly way: 'named' | 'set-up' }
  | { readonly way: 'ask'; readonly question: SelectQuestion }

type SelectQuestion = Extract<Question, { kind: 'select' }>

/** Whether a person has to say which AWS profile is theirs. */
export function profileWay(choice: ProfileChoice): ProfileWay {
  const { profiles, named, canSetUp, env } = choice
  const names = choosable(choice)
  if (named === undefined) {
    const isSaid = env['AWS_PROFILE'] || env['AWS_DEFAULT_PROFILE'] || env['AWS_ACCESS_KEY_ID']
    if (isSaid || (names.length === 1 && names[0] === 'default')) return { way: 'named' }
  } else if (profiles.some(({ name }) => name === named)) return { way: 'named' }
  if (names.length === 0) return { way: canSetUp ? 'set-up' : 'named' }
  return { way: 'ask', question: profileQuestion(choice) }
}

/** A profile that leads nowhere is no choice, such as a `default` that names a region alone; nor one that is kept out. */
const choosable = ({ profiles, accounts, named, team }: ProfileChoice): readonly string[] =>
  byNearness(
    profiles.flatMap(({ name, account, isUsable }) =>
      isUsable && (account === undefined || isAllowedAccount(accounts, account)) ? [name] : [],
    ),
    named ?? team,
  )

function profileQuestion(choice: ProfileChoice): SelectQuestion {
  const { profiles, named, team, canSetUp } = choice
  const names = choosable(choice)
  const setUp = {
    value: setUpAnswer,
    label: 'Set up the team’s sign-in',
    hint: 'Shows first what it would write',
  }
  const choiceOf = (name: string) => {
    const account = profiles.find((each) => each.name === name)?.account
    return { value: name, label: name, ...(account !== undefined && { hint: `account ${account}` }) }
  }
  return {
    kind: 'select',
    id: 'aws.profile',
    text: 'Which AWS profile should devk8s use here?',
    details: [
      named === undefined
        ? 'The team’s profile names none, and there is more than one to choose from, or none is the default.'
        : `There is no AWS profile ${named} on this machine.`,
      'The answer is kept as your own; the team’s profile stays as it is.',
    ],
    choices: [
      // Who was told a name that is not there yet is new, and has nothing else that would do.
      ...(canSetUp && named !== undefined ? [setUp] : []),
      ...names.map(choiceOf),
      ...(canSetUp && named === undefined ? [setUp] : []),
    ],
    flag: `--aws-profile ${names[0] ?? named ?? team}`,
    fallback: undefined,
  }
}

/** Those that hold the name that is meant, or are held by it, such as `acme-dev` for `acme`, the nearest first; then the alphabet. */
function byNearness(names: readonly string[], meant: string): readonly string[] {
  const farness = new Map(names.map((name) => [name, farnessOf(name, meant)]))
  const far = (name: string) => farness.get(name) ?? Number.POSITIVE_INFINITY
  return names.toSorted((a, b) => (far(a) === far(b) ? a.localeCompare(b) : far(a) - far(b)))
}

function farnessOf(name: string, meant: string): number {
  const [a, b] = [name.toLowerCase(), meant.toLowerCase()]
  return a.includes(b) || b.includes(a) ? distance(a, b) : Number.POSITIVE_INFINITY
}
