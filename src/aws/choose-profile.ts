import { distance } from 'fastest-levenshtein'
import type { Question } from '../ports/prompts.ts'

/** What the choice among AWS profiles depends on. */
export interface ProfileChoice {
  /** The person's, of both files. */
  readonly names: readonly string[]
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
  const { names, named, canSetUp, env } = choice
  if (named === undefined) {
    const isSaid = env['AWS_PROFILE'] || env['AWS_DEFAULT_PROFILE'] || env['AWS_ACCESS_KEY_ID']
    if (isSaid || (names.length === 1 && names[0] === 'default')) return { way: 'named' }
  } else if (names.includes(named)) return { way: 'named' }
  if (names.length === 0) return { way: canSetUp ? 'set-up' : 'named' }
  return { way: 'ask', question: profileQuestion(choice) }
}

function profileQuestion({ names, named, team, canSetUp }: ProfileChoice): SelectQuestion {
  const meant = named ?? team
  const sorted = names.toSorted((a, b) => farness(a, meant) - farness(b, meant) || (a < b ? -1 : 1))
  const setUp = {
    value: setUpAnswer,
    label: 'Set up the team’s sign-in',
    hint: 'Shows first what it would write',
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
      ...sorted.map((name) => ({ value: name, label: name })),
      ...(canSetUp && named === undefined ? [setUp] : []),
    ],
    flag: `--aws-profile ${sorted[0] ?? meant}`,
    fallback: undefined,
  }
}

/** How far a name is from the one that is meant; one that holds it, `acme-dev` for `acme`, is near. */
function farness(name: string, meant: string): number {
  const [a, b] = [name.toLowerCase(), meant.toLowerCase()]
  return distance(a, b) - (a.includes(b) || b.includes(a) ? 100 : 0)
}
