import type { Answer } from './answers.ts'
import type { Grant } from './grant.ts'
import type { Refused } from './refusal.ts'

/** What becomes of a request: an answer, with the session that it holds, or a refusal in words. */
export type Outcome = { readonly is: 'answer'; readonly answer: Answer; readonly grant?: Grant } | Refused
