import { placeContext } from '../kubeconfig/local-context.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import type { Finding, Runner } from '../plan/step.ts'

/** The user's kubeconfig can be read, and the context's name is free or ours. */
export const runner: Runner<'context.possible'> = {
  lane: 'host',
  settleMs: 0,
  async check({ want }, { ports }): Promise<Finding> {
    const { name, userKubeconfig, minikubeProfile } = want
    const texts = await readKubeconfigs(ports.files, userKubeconfig)
    const wanted = { name, namespace: '', makeCurrent: 'never', minikubeProfile } as const
    const placed = placeContext(texts, wanted, undefined)
    return 'problem' in placed ? { state: 'blocked', problem: placed.problem } : { state: 'ready' }
  },
  /** Nothing is done about it: entries and files of others are theirs. */
  async apply() {},
}
