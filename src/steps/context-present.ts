import { editKubeconfig } from '../kubeconfig/edit.ts'
import { leftLocks, removeLeftLocks } from '../kubeconfig/lock.ts'
import { contextEdits, placeContext } from '../kubeconfig/local-context.ts'
import type { KubeconfigFile, LocalContext, Placement } from '../kubeconfig/local-context.ts'
import type { MinikubeStanzas } from '../kubeconfig/minikube.ts'
import { base64, extractMinikubeStanzas } from '../kubeconfig/minikube.ts'
import { isText } from '../kubeconfig/transaction.ts'
import { changeUserFiles, ownerOf, readKubeconfigs } from '../kubeconfig/user-files.ts'
import type { Change, Note } from '../ports/event.ts'
import type { Files } from '../ports/files.ts'
import { Secret } from '../ports/secret.ts'
import type { Finding, Runner, StepContext, Wants } from '../plan/step.ts'
import { credentialsIncomplete, kubeconfigUnreadable } from '../problems/kubernetes.ts'
import { DevK8sError, fail } from '../problems/problem.ts'

type Want = Readonly<Wants['context.present']>

/** What minikube's private kubeconfig says, with certificates read and encoded. */
interface Source {
  readonly stanzas: MinikubeStanzas
  readonly ca: string
  readonly clientCertificate: string
  readonly clientKey: Secret
}

/** Why the private kubeconfig tells nothing of the cluster. */
type Missing = 'absent' | 'damaged'

/** The local cluster's context is in the user's kubeconfig, with its certificates inside. */
export const runner: Runner<'context.present'> = {
  lane: 'host',
  settleMs: 0,

  async check({ want }, context): Promise<Finding> {
    const { files, host } = context.ports
    const finding = await checkContext(want, files)
    const left = await leftLocks(files, want.userKubeconfig, ownerOf(host))
    if (left.length === 0 || finding.state === 'blocked') return finding
    const removals = left.map((field): Change => ({
      field,
      from: 'left by a run that was killed',
      effect: 'remove',
    }))
    const { notes = [], detail = {} } = finding
    return {
      state: finding.state === 'absent' ? 'absent' : 'drifted',
      changes: [...removals, ...(finding.changes ?? [])],
      notes,
      detail,
    }
  },

  async apply({ want }, _found, context) {
    const { files, clock, host } = context.ports
    await removeLeftLocks(files, clock, want.userKubeconfig, ownerOf(host))
    const source = await readSource(want, context.ports.files)
    if (typeof source === 'string') {
      fail(credentialsIncomplete, {
        detail: `${want.minikube.kubeconfig} ${source === 'damaged' ? 'cannot be read: it gives no' : 'has no'} context "${want.minikube.profile}", although the cluster was started.`,
        next: ['devk8s up'],
      })
    }
    await write(want, source, context)
  },
}

async function checkContext(want: Want, files: Files): Promise<Finding> {
  const source = await readSource(want, files)
  const texts = await readKubeconfigs(files, want.userKubeconfig)
  if (typeof source === 'string') return withoutCluster(want, texts, source)
  const placed = placeContext(texts, localContext(want), source.stanzas.server)
  if ('problem' in placed) return { state: 'blocked', problem: placed.problem }
  const changes = changesOf(texts, want, source, placed.placement)
  if (changes.length === 0) return { state: 'ready', ...told(want, placed.placement) }
  return { state: changes.some(({ effect }) => effect === 'create') ? 'absent' : 'drifted', changes }
}

/**
 * `minikube stop` takes its entries out of the private file (recorded running-052), and a damaged one is for the
 * cluster's step to write anew; ours stay as they are.
 */
function withoutCluster(want: Want, texts: readonly KubeconfigFile[], why: Missing): Finding {
  const placed = placeContext(texts, localContext(want), undefined)
  if ('problem' in placed) return { state: 'blocked', problem: placed.problem }
  const { changes } = placed.placement
  if (changes.some(({ effect }) => effect === 'create')) return { state: 'absent', changes }
  const text = `Context ${placed.placement.name} keeps the cluster's last address ${
    why === 'absent'
      ? 'while the cluster is stopped'
      : `until ${want.minikube.kubeconfig}, which is damaged, is written anew`
  }.`
  return changes.length > 0
    ? { state: 'drifted', changes }
    : { state: 'ready', ...told(want, placed.placement, [{ level: 'info', text }]) }
}

/** Where the context is, by which name, and why it has another one than the profile says. */
function told({ name }: Want, placement: Placement, notes: readonly Note[] = []) {
  const text = `Another context is called ${name}, so the cluster's keeps the name ${placement.name}.`
  const kept: readonly Note[] = placement.name === name ? [] : [{ level: 'info', text }]
  return {
    notes: [...notes, ...kept],
    detail: { file: placement.files.contexts, name: placement.name },
  }
}

function localContext(want: Want): LocalContext {
  const { name, namespace, makeCurrent, minikube } = want
  return { name, namespace, makeCurrent, minikubeProfile: minikube.profile }
}

/** @throws DevK8sError DK4034 when minikube's entry is not whole. */
async function readSource(want: Want, files: Files): Promise<Source | Missing> {
  const { kubeconfig, profile } = want.minikube
  const text = await files.readText(kubeconfig)
  if (text === undefined) return 'absent'
  const extracted = extractMinikubeStanzas(text, profile, kubeconfig)
  if ('problem' in extracted && extracted.problem.code === kubeconfigUnreadable.code) return 'damaged'
  if ('problem' in extracted) throw new DevK8sError(extracted.problem)
  if ('absent' in extracted) return 'absent'
  const { stanzas } = extracted
  const { ca, clientCertificate, clientKey } = stanzas
  return {
    stanzas,
    ca: 'data' in ca ? ca.data : base64(await readPem(ca.path, files)),
    clientCertificate:
      'data' in clientCertificate
        ? clientCertificate.data
        : base64(await readPem(clientCertificate.path, files)),
    clientKey:
      'data' in clientKey ? clientKey.data : Secret.of(await readPem(clientKey.path, files)).map(base64),
  }
}

/** @throws DevK8sError DK4034 when it is not there. */
async function readPem(path: string, files: Files): Promise<string> {
  const pem = await files.readText(path)
  if (pem !== undefined) return pem
  return fail(credentialsIncomplete, {
    detail: `${path}, which minikube’s kubeconfig names, is not there.`,
    next: ['devk8s up'],
    place: { file: path },
  })
}

/** The file's text with our entries as they should be. */
function edited(text: string, path: string, want: Want, source: Source, placement: Placement): Secret {
  const { stanzas, ca, clientCertificate, clientKey } = source
  return clientKey.map((key) => {
    const credentials = { ca, clientCertificate, clientKey: key }
    return editKubeconfig(text, contextEdits(path, placement, localContext(want), stanzas, credentials), path)
  })
}

function changesOf(
  texts: readonly KubeconfigFile[],
  want: Want,
  source: Source,
  placement: Placement,
): readonly Change[] {
  if (placement.changes.length > 0) return placement.changes
  // What is not named one by one: new certificates, a namespace that follows the profile, a field taken out.
  return texts
    .filter(
      ({ path, text }) => text !== undefined && !isText(edited(text, path, want, source, placement), text),
    )
    .map(({ path }) => ({
      field: `${path}: context ${placement.name} and its certificates`,
      effect: 'in-place',
    }))
}

async function write(want: Want, source: Source, { ports, signal }: StepContext): Promise<void> {
  const edit = ({ path, text = '' }: KubeconfigFile, all: readonly KubeconfigFile[]) => {
    // The place is chosen again inside the lock: another program may have written a moment ago.
    const placed = placeContext(all, localContext(want), source.stanzas.server)
    if ('problem' in placed) throw new DevK8sError(placed.problem)
    return concerns(path, placed.placement) ? edited(text, path, want, source, placed.placement) : text
  }
  await changeUserFiles(ports, { ...want, insist: true }, edit, signal)
}

function concerns(path: string, { files, current, former }: Placement): boolean {
  const isFormer = former.some((entry) => entry.path === path)
  return current === path || isFormer || Object.values(files).includes(path)
}
