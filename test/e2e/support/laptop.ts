import { createHash } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { arch } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stringify } from 'yaml'
import { installPrograms, type InstalledPrograms } from '../../fakes/minikube-programs.ts'
import { installPackage, newPerson, type Person } from '../program.ts'

const versions = { minikube: 'v1.38.1', kubectl: 'v1.35.1' } as const

/** A laptop with real files and processes, whose minikube, kubectl and docker are the simulator's. */
export interface Laptop {
  readonly person: Person
  readonly programs: InstalledPrograms
  /** What a mirror has to serve, by path: the two programs, and the checksum file of kubectl. */
  readonly published: ReadonlyMap<string, Uint8Array>
  /** The person's profile, by default with a mirror in a folder. */
  writeProfile(options?: { readonly mirror?: string; readonly sha256?: string }): Promise<void>
  /** Every file below the home with its bytes' hash, mode and time; without the temp folder. */
  files(): Promise<ReadonlyMap<string, string>>
  /** The environments that the programs were started with so far, as one text. */
  environments(): Promise<string>
}

/** minikube refuses root, and CI likes to be root: then the person is `nobody`. */
const uid = process.getuid?.() === 0 ? 65_534 : undefined

/**
 * @param setting.docker whether docker is on PATH; nothing else is.
 * @param setting.speed 20 is a start of a tenth of a second.
 */
export async function newLaptop(
  setting: {
    readonly docker?: boolean
    readonly speed?: number
    readonly env?: Readonly<Record<string, string>>
  } = {},
): Promise<Laptop> {
  const nobody = await newPerson()
  const folder = join(nobody.home, '.laptop')
  const programs = await installPrograms(folder, setting.speed ?? 20)
  const path = join(folder, 'path')
  await mkdir(path)
  const seen = join(folder, 'environments.txt')
  await writeFile(seen, '')
  const spying = (program: 'minikube' | 'kubectl' | 'docker') => spy(programs.script(program), seen)
  await writeFile(join(programs.bin, 'docker'), spying('docker'))
  if (setting.docker ?? true) await symlink(join(programs.bin, 'docker'), join(path, 'docker'))
  const published = publish(spying('minikube'), spying('kubectl'))
  const mirror = join(folder, 'mirror')
  for (const [name, content] of published) await place(join(mirror, name), content)
  const person: Person = {
    home: nobody.home,
    cwd: nobody.cwd,
    env: { ...nobody.env, PATH: path, ...setting.env },
    bin: await installPackage(join(folder, 'package')),
    ...(uid !== undefined && { uid }),
  }
  const laptop: Laptop = {
    person,
    programs,
    published,
    async writeProfile(options = {}) {
      const { mirror: url = pathToFileURL(mirror).href, sha256 = sha256Of(published, 'minikube') } = options
      const profile = {
        apiVersion: 'devk8s.dev/v1',
        kind: 'Profile',
        metadata: { name: 'e2e' },
        addons: { ingress: true },
        tools: {
          minikube: { mirror: url, sha256: { [platform]: sha256 } },
          kubectl: { mirror: url, sha256: { [platform]: null } },
        },
      }
      await writeFile(join(person.cwd, 'devk8s.yaml'), stringify(profile))
    },
    files: async () => new Map(await hashes(person.home)),
    environments: async () => readFile(seen, 'utf8'),
  }
  await laptop.writeProfile()
  await handOver(person.home)
  return laptop
}

const platform = `${process.platform === 'darwin' ? 'darwin' : 'linux'}-${arch() === 'arm64' ? 'arm64' : 'amd64'}`

/** The publishers' layout (facts sheet, 2.2 and 2.4). */
function publish(minikube: string, kubectl: string): ReadonlyMap<string, Uint8Array> {
  const bytes = new TextEncoder()
  const kubectlPath = `/${versions.kubectl}/bin/${platform.replace('-', '/')}/kubectl`
  return new Map([
    [`/${versions.minikube}/minikube-${platform}`, bytes.encode(minikube)],
    [kubectlPath, bytes.encode(kubectl)],
    [`${kubectlPath}.sha256`, bytes.encode(hashOf(kubectl))],
  ])
}

const hashOf = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex')

function sha256Of(published: ReadonlyMap<string, Uint8Array>, tool: string): string {
  const [, content = ''] = [...published].find(([path]) => path.includes(`/${tool}-`)) ?? []
  return hashOf(content)
}

/** The script, writing its environment down before it does anything; padded, so that a download can be cut. */
function spy(script: string, seen: string): string {
  const [shebang = '', ...rest] = script.split('\n')
  const line = `require('node:fs').appendFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env) + '\\n')`
  return [shebang, line, ...rest, `// ${'-'.repeat(64 * 1024)}`, ''].join('\n')
}

async function place(path: string, content: Uint8Array): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, content)
  await chmod(path, 0o644)
}

/** What is the laptop's own, not devk8s' or its person's. */
const scenery = /^(\.laptop|tmp)(\/|$)/

async function hashes(home: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(home, join(entry.parentPath, entry.name)))
    .filter((path) => !scenery.test(path))
    .toSorted()
  return Promise.all(files.map(async (path) => [path, hashOf(await readFile(join(home, path)))] as const))
}

/** Makes a file or folder the person's own. */
export async function handOver(path: string): Promise<void> {
  if (uid === undefined) return
  await chown(path, uid, uid)
  if (!(await stat(path)).isDirectory()) return
  for (const name of await readdir(path, { recursive: true })) await chown(join(path, name), uid, uid)
}
