import type { Session } from './session.ts'

/** Says which further clusters devk8s made here: after a change of `cluster.name` nothing else would mention them. */
export function tellOtherClusters({ emit }: Session, names: readonly string[]): void {
  for (const name of names) {
    const text = `devk8s also made cluster ${name}; destroy it with: devk8s destroy --cluster-name ${name}`
    emit({ type: 'note', level: 'info', text })
  }
}
