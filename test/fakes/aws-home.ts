import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A home folder with these shared files of AWS in it. */
export async function awsHome(files: {
  readonly config?: string
  readonly credentials?: string
}): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'devk8s-aws-'))
  await mkdir(join(home, '.aws'), { mode: 0o700 })
  for (const [name, text] of Object.entries(files))
    await writeFile(join(home, '.aws', name), text, { mode: 0o600 })
  return home
}
