import { editKubeconfig } from '../kubeconfig/edit.ts'
import { keepAnswer } from '../contexts/lookup-cache.ts'
import { changesOf, lookAt, type Look, type Looked, placeAgain } from '../contexts/remote-check.ts'
import { writeColors } from '../contexts/remote-colors.ts'
import { remoteEdits } from '../contexts/remote-place.ts'
import { changeUserFiles } from '../kubeconfig/user-files.ts'
import type { Finding, Runner, StepContext, Wants } from '../plan/step.ts'
import type { Json } from '../ports/event.ts'
import type { Question } from '../ports/prompts.ts'
import type { Secret } from '../ports/secret.ts'
import { DevK8sError } from '../problems/problem.ts'

type Want = Readonly<Wants['remote-context.present']>
type Placed = Extract<Looked, { readonly state: 'placed' }>

/** One entry of the profile's `contexts` is in the user's kubeconfig, as far as it is devk8s' to say. */
export const runner: Runner<'remote-context.present'> = {
  lane: 'host',
  settleMs: 0,

  async check({ want }, context): Promise<Finding> {
    const look = await lookAt(want, context)
    if (look.state === 'blocked') return look
    if (look.state === 'kept')
      return { state: 'ready', notes: look.notes, detail: { state: 'kept', contexts: look.names } }
    const blocked = look.contexts.find((each) => each.state === 'blocked')
    if (blocked !== undefined) return { state: 'blocked', problem: blocked.problem }
    const notes = [...look.notes, ...look.contexts.flatMap((each) => each.notes)]
    const told = { notes, detail: detailOf(look, want) }
    const changes = changesOf(look.contexts)
    if (changes.length === 0) return { state: 'ready', ...told }
    const isNew = changes.some(({ effect }) => effect === 'create')
    return { state: isNew ? 'absent' : 'drifted', changes, ...consentFor(look.contexts), ...told }
  },

  async apply({ want }, _found, context) {
    const { ports, env } = context
    const look = await lookAt(want, context)
    if (look.state === 'blocked') throw new DevK8sError(look.problem)
    if (look.state === 'kept') return
    for (const each of look.contexts) {
      if (each.state === 'blocked') throw new DevK8sError(each.problem)
      if (each.state === 'placed') await write(want, await withSecret(each, context), context)
    }
    await writeColors(want.colors, want.userKubeconfig, ports.files)
    const { known } = look
    if (known?.state !== 'answered' || !known.isNew) return
    await keepAnswer(want, known, { files: ports.files, env, at: ports.clock.now() })
  },
}

/** What protects a person from accidents does not go unseen, nor because a script said nothing of it. */
function consentFor(contexts: readonly Looked[]): { readonly consent?: Question } {
  const names = contexts.flatMap((each) =>
    each.state === 'placed' && each.losesProtection ? [each.placement.name] : [],
  )
  if (names.length === 0) return {}
  const one = names.length === 1
  return {
    consent: {
      id: 'contexts.unprotect',
      kind: 'confirm',
      destructive: true,
      text: `Take the protection off ${names.join(', ')}?`,
      details: [
        `Every program would get ${one ? 'its' : 'their'} full credentials at any time, without devk8s unlock.`,
      ],
      flag: '--yes',
      fallback: undefined,
    },
  }
}

function detailOf(
  { contexts }: Extract<Look, { state: 'looked' }>,
  { spec }: Want,
): Readonly<Record<string, Json>> {
  const foreign = contexts.filter(({ state }) => state === 'foreign').map(({ name }) => name)
  const source = spec.eks !== undefined ? 'eks' : spec.kops !== undefined ? 'kops' : 'static'
  return {
    state: foreign.length > 0 ? 'foreign' : 'present',
    source,
    ...(foreign.length > 0 ? { foreign } : {}),
    contexts: contexts.map((each) => (each.state === 'placed' ? each.placement.name : each.name)),
    protected: spec.protected === true,
  }
}

/** With the token that the person is asked for, when it is not in the file yet. */
async function withSecret(looked: Placed, { ports, signal, progress }: StepContext): Promise<Placed> {
  const { placement, wanted, name } = looked
  if (!placement.lacksSecret || wanted.secret === undefined) return looked
  progress({ asking: true })
  try {
    const secret = await ports.prompts.ask(
      {
        id: `contexts.${wanted.secret.field}`,
        kind: 'secret',
        text: `${wanted.secret.field === 'token' ? 'Token' : 'Password'} for context ${name}:`,
        flag: 'devk8s contexts sync',
        fallback: undefined,
      },
      signal,
    )
    return { ...looked, secret }
  } finally {
    progress({ asking: false })
  }
}

async function write(want: Want, looked: Placed, { ports, signal }: StepContext): Promise<void> {
  const { secret } = looked
  await changeUserFiles(
    ports,
    { ...want, insist: true },
    ({ path, text = '' }, all) => {
      const placement = placeAgain(all, want, looked)
      if (placement === undefined) return text
      if ('problem' in placement) throw new DevK8sError(placement.problem)
      if (placement.changes.length === 0) return text
      return edited(text, path, placement, secret)
    },
    signal,
  )
}

function edited(
  text: string,
  path: string,
  placement: Placed['placement'],
  secret: Secret | undefined,
): string | Secret {
  if (secret === undefined) return editKubeconfig(text, remoteEdits(path, placement), path)
  return secret.map((plain) => editKubeconfig(text, remoteEdits(path, placement, plain), path))
}
