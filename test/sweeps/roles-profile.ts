import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Laptop } from '../fakes/session.ts'

/** The profile `aws` with roles for pods, which bring the agent: its objects, its sessions, the rules in the node. */
const text = `apiVersion: devk8s.dev/v1
kind: Profile
metadata: { name: roles }
extends: aws
aws:
  profile: acme-dev
  region: eu-west-1
  roles: { 'arn:aws:iam::123456789012:role/shop': assume }
`

/** A command whose profile may be `roles`: then it is written beside the laptop, and the command has its path. */
export async function withRoles(laptop: Laptop, line: string): Promise<string> {
  if (!line.includes('--profile roles')) return line
  const path = join(laptop.folder, 'roles.yaml')
  await writeFile(path, text)
  return line.replace('--profile roles', `--profile ${path}`)
}
