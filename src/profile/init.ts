import { Scalar, stringify } from 'yaml'
import type { Files } from '../ports/files.ts'
import { fail } from '../problems/problem.ts'
import { profileExists } from '../problems/profile.ts'
import { quote } from './faults.ts'
import { newestKubernetes } from './pinned.ts'

export interface NewProfile {
  readonly name: string
  /** A bundled profile by name, or a path relative to the new file. */
  readonly extends: string
}

/** A value as YAML would write it on one line, quoted where it must be. */
const scalar = (text: string): string => {
  const value = new Scalar(text)
  return stringify(value, { lineWidth: 0 }).trimEnd()
}

/** A name from any text: lower case, dashes for what a profile's name may not hold. */
export function profileNameFrom(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return name === '' ? 'team' : name
}

/** The text of a new `devk8s.yaml`: short, valid as it is, with the common settings as comments. */
export function renderNewProfile({ name, extends: base }: NewProfile): string {
  return `# The team's profile: commit it. Each person's driver, memory and AWS profile go into their own overrides,
# never here; neither does any secret. devk8s profile show --explain says where each value comes from.
apiVersion: devk8s.dev/v1
kind: Profile
metadata:
  name: ${scalar(name)}
extends: ${scalar(base)}

# Maps add to the profile that is extended, lists replace its lists, null takes a key away.
# cluster:
#   kubernetes: ${newestKubernetes}   # the full patch, as your remote clusters run it
#   cpus: 4
#   memory: 6g             # or auto: a quarter of the machine
#   ports:                 # fixed when the cluster is created
#     - 127.0.0.1:80:80
#     - 127.0.0.1:443:443
#
# addons:
#   metrics-server: true
#   dashboard: { enabled: true }
#
# namespaces:
#   - payments
#   - name: shop
#     labels: { team: shop }
#
# manifests:               # files or folders, relative to this file, applied in this order
#   - ./k8s/local
#
# context:
#   name: local
#   namespace: payments
#   makeCurrent: if-none   # or always, never
`
}

/**
 * Writes a new profile.
 * @throws DevK8sError DK2017 when there is a file already and `force` is not set.
 */
export async function applyNewProfile(
  path: string,
  profile: NewProfile,
  files: Files,
  options: { readonly force: boolean },
): Promise<void> {
  const text = renderNewProfile(profile)
  if (options.force) return files.write(path, text)
  if (await files.createExclusive(path, text)) return
  fail(profileExists, {
    detail: `${path} is there already.`,
    next: [`devk8s profile validate ${quote(path)}`, `devk8s profile init ${quote(path)} --force`],
  })
}
