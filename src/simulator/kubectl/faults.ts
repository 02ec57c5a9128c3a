import { at, textOf } from '../kube-api/object.ts'
import { errorText, type Reply } from './client.ts'

/** One thing that went wrong among several objects. */
export type Fault =
  /** An object that kubectl could not make sense of, in its words. */
  | { readonly type: 'unrecognised'; readonly text: string; readonly isListed: boolean }
  /** What the server said of one. */
  | { readonly type: 'refused'; readonly reply: Reply }

// recorded 1.33/034
const conflictAdvice = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
`

/**
 * What kubectl prints for them. One alone has `error: ` before it, or the wording of its kind; of several each
 * has a line of its own without that, what was not recognised first (seen with kubectl 1.33.1 against this
 * server: differential.test.ts; kubernetes: kubectl/pkg/cmd/util/helpers.go, checkErr and MultipleErrors).
 */
export function renderFaults(faults: readonly Fault[]): string {
  const unrecognised = faults.filter((fault) => fault.type === 'unrecognised')
  const refused = faults.filter((fault) => fault.type === 'refused')
  const [only] = faults
  if (faults.length === 1 && only !== undefined) return renderOne(only)
  const texts = unrecognised.map(({ text }) => text)
  const first = texts.length > 1 && refused.length > 0 ? [`[${texts.join(', ')}]`] : texts
  return [...first.map((text) => `${text}\n`), ...refused.map(({ reply }) => renderAmongOthers(reply))].join(
    '',
  )
}

function renderOne(fault: Fault): string {
  switch (fault.type) {
    case 'unrecognised':
      return fault.isListed ? `${fault.text}\n` : `error: ${fault.text}\n`
    case 'refused':
      return isConflict(fault.reply) ? `error: ${conflictText(fault.reply)}` : errorText(fault.reply)
  }
}

function renderAmongOthers(reply: Reply): string {
  if (isConflict(reply)) return conflictText(reply)
  const reason = textOf(at(reply.body, 'reason'))
  const message = textOf(at(reply.body, 'message')) ?? ''
  return reason === undefined ? errorText(reply) : `Error from server (${reason}): ${message}\n`
}

function isConflict(reply: Reply): boolean {
  return reply.status === 409 && at(reply.body, 'reason') === 'Conflict'
}

function conflictText(reply: Reply): string {
  return `${textOf(at(reply.body, 'message')) ?? ''}\n${conflictAdvice}`
}

/** An object of a kind that the server does not have (recorded 1.33/044). */
export function unmatched(
  object: {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: { readonly namespace?: string; readonly name: string }
  },
  isListed: boolean,
): Fault {
  const { namespace = '', name } = object.metadata
  const cause = `no matches for kind "${object.kind}" in version "${object.apiVersion}"`
  const text = isListed
    ? `unable to recognize ${cause}`
    : `resource mapping not found for name: "${name}" namespace: "${namespace}" from "STDIN": ${cause}\nensure CRDs are installed first`
  return { type: 'unrecognised', text, isListed }
}
