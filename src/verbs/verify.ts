import { contextNameIn } from '../kubeconfig/local-context.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import { compileGround, compileProof } from '../plan/compile-look.ts'
import { fail } from '../problems/problem.ts'
import { notReadyToVerify } from '../problems/cluster.ts'
import { prepare } from './prepare.ts'
import type { Verb } from './session.ts'

/**
 * Deploys the bundled sample and fetches it through the ingress. Proves what is there: a cluster that is not
 * up is not brought up by it. With `--image` it proves another thing: that a private image can be pulled.
 */
export const verify: Verb<'verify'> = async (session) => {
  const { image, namespace } = session.request
  if (image !== undefined) {
    const { verifyImage } = await import('./verify-image.ts')
    return verifyImage(session, { text: image, ...(namespace !== undefined && { namespace }) })
  }
  const input = await prepare(session)
  const ground = await session.run(compileGround(input), 'look')
  const missing = ground.steps.filter(({ outcome }) => outcome !== 'ready').map(({ title }) => title)
  if (missing.length > 0) {
    fail(notReadyToVerify, {
      detail: `Not ready: ${missing.join('; ')}.`,
      next: ['devk8s up --verify', 'devk8s status'],
    })
  }
  const result = await session.run(compileProof(input), 'change')
  const { cluster, context } = input.loaded.profile
  const texts = await readKubeconfigs(session.ports.files, session.layout.userKubeconfig)
  const name = contextNameIn(texts, { ...context, minikubeProfile: cluster.name })
  return {
    exit: result.exit,
    result,
    next:
      result.exit === 0 ? [`kubectl --context ${name} delete namespace devk8s-sample`] : ['devk8s status'],
  }
}
