import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { whyNoNetwork } from './network.ts'

// Applications with the AWS SDKs of all ages. `node scripts/provide-sdks.mjs` installs what is not in node_modules.

export const peerIds = [
  'javascript-v3',
  'botocore-new',
  'cli-new',
  'go-v2',
  'java-v2',
  'botocore-old',
  'cli-old',
  'ruby-old',
  'go-v1-old',
] as const
export type PeerId = (typeof peerIds)[number]

interface PeerSays {
  readonly title: string
  /** That docs/sdk-lanes.md is about. */
  readonly version: string
  /** `once`, or `loop SECONDS PAUSE_MS`, is put behind. */
  readonly command: readonly string[]
  /** What has to be there. */
  readonly file: string
  /** Prints the version that is there; without it the installation holds to the version. */
  readonly versionCommand?: readonly string[]
}

const root = join(import.meta.dirname, '../../..')
const cache = join(root, 'node_modules/.cache/devk8s/sdks')
const source = (name: string) => join(root, 'test/sdk/peers', name)
const textOf = (path: string) => readFileSync(join(root, path), 'utf8')
const javaScriptSdk = 'node_modules/@aws-sdk/client-sts/package.json'

/** From the file that holds an installation to it. */
const pinned = (path: string, expression: RegExp) => expression.exec(textOf(path))?.[1] ?? 'unknown'

export const peers: Readonly<Record<PeerId, PeerSays>> = {
  'javascript-v3': {
    title: 'JavaScript v3',
    version: pinned('package.json', /"@aws-sdk\/client-sts": "~(\d+\.\d+)/),
    command: [process.execPath, source('javascript.mjs')],
    file: join(root, javaScriptSdk),
  },
  'botocore-new': {
    title: 'botocore',
    version: pinned('test/sdk/peers/python/requirements.txt', /botocore==(.*)/),
    command: [join(cache, 'python/bin/python'), source('python/peer.py')],
    file: join(cache, 'python.stamp'),
  },
  'cli-new': {
    title: 'AWS CLI',
    version: pinned('test/sdk/peers/python/requirements.txt', /awscli==(.*)/),
    command: [process.execPath, source('cli.mjs'), join(cache, 'python/bin/aws'), '1'],
    file: join(cache, 'python.stamp'),
  },
  'go-v2': {
    title: 'Go v2',
    version: pinned('test/sdk/peers/go/go.mod', /aws-sdk-go-v2 v(\S+)/),
    command: [join(cache, 'go/go')],
    file: join(cache, 'go.stamp'),
  },
  'java-v2': {
    title: 'Java v2',
    version: pinned('test/sdk/peers/java/pom.xml', /<version>(2\.[\d.]+)</),
    // The first compiler alone: a process of this kind lives for seconds, and starting it costs most.
    command: [
      'java',
      '-XX:TieredStopAtLevel=1',
      '-Xshare:auto',
      '-cp',
      [join(cache, 'java/classes'), join(cache, 'java/lib/*')].join(':'),
      'Peer',
    ],
    file: join(cache, 'java.stamp'),
  },
  'botocore-old': {
    title: 'botocore',
    version: '1.29.27',
    command: ['/usr/bin/python3', source('python/peer.py')],
    file: '/usr/lib/python3/dist-packages/botocore',
    versionCommand: ['/usr/bin/python3', '-c', 'import botocore; print(botocore.__version__)'],
  },
  'cli-old': {
    title: 'AWS CLI',
    version: '2.9.19',
    command: [process.execPath, source('cli.mjs'), '/usr/bin/aws', '2'],
    file: '/usr/bin/aws',
    versionCommand: ['/usr/bin/aws', '--version'],
  },
  'ruby-old': {
    title: 'Ruby',
    version: '3.168',
    command: ['/usr/bin/ruby', source('ruby.rb')],
    file: '/usr/bin/ruby',
    versionCommand: ['/usr/bin/ruby', '-e', "require 'aws-sdk-core'; puts Aws::CORE_GEM_VERSION"],
  },
  'go-v1-old': {
    title: 'Go v1',
    version: pinned('test/sdk/peers/go-v1/go.mod', /aws-sdk-go v(\S+)/),
    command: [join(cache, 'go/go-v1')],
    file: join(cache, 'go.stamp'),
  },
}

export const titleOf = (id: PeerId): string => `${peers[id].title} ${peers[id].version}`

/** Those that can be driven here, and why the others cannot. */
export async function findPeers() {
  const noNetwork = whyNoNetwork()
  const reasons = await Promise.all(peerIds.map(async (id) => noNetwork ?? (await whyNotThere(id))))
  const whyNot = new Map(
    peerIds.flatMap((id, index) => {
      const reason = reasons[index]
      return reason === undefined ? [] : [[id, reason] as const]
    }),
  )
  return { noNetwork, whyNot, there: peerIds.filter((id) => !whyNot.has(id)) }
}

/** @returns why it cannot be driven here, or undefined. */
async function whyNotThere(id: PeerId): Promise<string | undefined> {
  const { file, version, versionCommand } = peers[id]
  if (!existsSync(file)) return 'not installed: node scripts/provide-sdks.mjs'
  if (versionCommand === undefined) return undefined
  const [program = '', ...args] = versionCommand
  const { stdout, exitCode } = await execa(program, args, { reject: false })
  if (exitCode !== 0) return 'not installed: node scripts/provide-sdks.mjs'
  return stdout.includes(version) ? undefined : `another version: ${stdout}`
}
