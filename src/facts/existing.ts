import { parseProfileConfig } from '../minikube/profile-config.ts'
import { profilePaths } from '../minikube/paths.ts'
import type { Facts } from '../plan/facts.ts'
import type { Files } from '../ports/files.ts'
import { type Driver, drivers } from '../profile/profile.ts'

/**
 * What minikube recorded of a cluster of that name, from its file alone. Undefined when there is none, when the file
 * is damaged (the check of the cluster says so), or when its driver is one that devk8s does not use.
 */
export async function readExisting(
  minikubeHome: string,
  cluster: string,
  files: Files,
): Promise<Facts['existing']> {
  const text = await files.readText(profilePaths({ home: minikubeHome, profile: cluster }).profileConfig)
  const config = text === undefined ? 'damaged' : parseProfileConfig(text)
  if (config === 'damaged') return undefined
  const driver = drivers.find((each): each is Driver => each === config.driver)
  return driver === undefined ? undefined : { driver, memoryMiB: config.memoryMiB }
}
