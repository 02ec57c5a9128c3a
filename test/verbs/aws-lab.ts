import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Done, Laptop } from '../fakes/session.ts'
import { newLaptop } from '../fakes/session.ts'

const profile = `apiVersion: devk8s.dev/v1
kind: Profile
metadata:
  name: shop
aws:
  profile: acme-dev
  region: eu-west-1
  ecr:
    mode: secret
  roles: {}
  lane: env
namespaces:
  - name: shop
`

/** A laptop whose cluster gets keys and pull secrets. */
export async function laptopWithAws(line = 'up --yes'): Promise<Laptop & { readonly state: string }> {
  const laptop = await newLaptop()
  await writeFile(join(laptop.folder, 'devk8s.yaml'), profile)
  if (line !== '') {
    const done = await laptop.run(line)
    if (done.exit !== 0) throw new Error(JSON.stringify(done.problems))
  }
  return { ...laptop, state: join(laptop.home, '.local/state/devk8s/aws') }
}

export const notesOf = ({ events }: Done): readonly string[] =>
  events.flatMap((event) => (event.type === 'note' ? [event.text] : []))
