import type { PodIdentityAssociation } from '../ports/aws.ts'

/** What an import would change of one service account. */
export type AssociationChange =
  | { readonly is: 'added' | 'removed'; readonly association: PodIdentityAssociation }
  | {
      readonly is: 'changed'
      readonly association: PodIdentityAssociation
      readonly before: PodIdentityAssociation
    }

/** From what was imported before to what is there now, by namespace and service account. */
export function associationChanges(
  before: readonly PodIdentityAssociation[],
  now: readonly PodIdentityAssociation[],
): readonly AssociationChange[] {
  const [old, found] = [before, now].map(
    (all) => new Map(all.map((each) => [accountName(each), each] as const)),
  ) as [Map<string, PodIdentityAssociation>, Map<string, PodIdentityAssociation>]
  return [...new Set([...old.keys(), ...found.keys()])].toSorted().flatMap((account): AssociationChange[] => {
    const [was, is] = [old.get(account), found.get(account)]
    if (was === undefined) return is === undefined ? [] : [{ is: 'added', association: is }]
    if (is === undefined) return [{ is: 'removed', association: was }]
    return keyOf(was) === keyOf(is) ? [] : [{ is: 'changed', association: is, before: was }]
  })
}

export const accountName = ({
  namespace,
  serviceAccount,
}: Pick<PodIdentityAssociation, 'namespace' | 'serviceAccount'>): string => `${namespace}/${serviceAccount}`

const keyOf = ({ roleArn, targetRoleArn, externalId }: PodIdentityAssociation) =>
  JSON.stringify([roleArn, targetRoleArn, externalId])

/** What a service account's pods have there, as people read it. */
export function associationText({ roleArn, targetRoleArn, externalId }: PodIdentityAssociation): string {
  const target = targetRoleArn === undefined ? roleArn : `${targetRoleArn}, through ${roleArn}`
  return externalId === undefined ? target : `${target}, external id ${externalId}`
}

const marks = { added: '+', removed: '-', changed: '~' } as const

/** A row for each change: its mark, the service account, the role. */
export function changeRows(changes: readonly AssociationChange[]): readonly (readonly string[])[] {
  return changes.map((change) => [
    marks[change.is],
    accountName(change.association),
    change.is === 'changed'
      ? `${associationText(change.association)}; it was ${associationText(change.before)}`
      : associationText(change.association),
  ])
}
