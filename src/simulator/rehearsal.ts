import type { AskCode } from '../aws/ask-code.ts'
import type { Aws } from '../ports/aws.ts'
import type { Clock } from '../ports/clock.ts'
import type { Exec } from '../ports/exec.ts'
import type { Files } from '../ports/files.ts'
import type { Hashing } from '../ports/hash.ts'
import type { Host } from '../ports/host.ts'
import type { Net } from '../ports/net.ts'
import type { Programs } from '../ports/programs.ts'
import { diskFull } from '../problems/host.ts'
import { fail } from '../problems/problem.ts'
import { damageClusters, disturbNodes, holdKubeconfig, type Places } from './damage.ts'
import type { Downloads } from './downloads.ts'
import { simulatedAws } from './aws/aws.ts'
import { type AwsNames, namesNow, withNames } from './aws/names.ts'
import { simulatedExec } from './exec.ts'
import type { Fault } from './faults.ts'
import { simulatedHost } from './host.ts'
import { laptopStore, type LaptopStore } from './laptop-store.ts'
import { faultOf, type Machine } from './machine.ts'
import { kernelNow } from './minikube/ssh.ts'
import { simulatedPrograms } from './programs.ts'
import { simulatedNet } from './net.ts'
import { simulatedHashing } from './simulated-file.ts'
import { type Laptop, newLaptop } from './state.ts'

export interface RehearsalOptions {
  /** Where the laptop's state and files lie; its `home` folder is the home of the person. */
  readonly folder: string
  readonly files: Files
  /** Where devk8s and minikube keep what the faults `cluster` and `kubeconfig` damage or hold. */
  readonly places: Places
  readonly clock: Clock
  readonly hashing: Hashing
  readonly faults: readonly Fault[]
  /** What a new laptop is; one that was kept stays what it was. */
  readonly platform: 'darwin' | 'linux' | 'win32'
  /** sha256 by file name, or by any end of the address that is longer. */
  readonly pinned: Readonly<Record<string, string>>
  /** 1 = a whole `up` in about five seconds; larger is faster. */
  readonly speed: number
  /** Changes a laptop that is new, e.g. to one without internet. */
  readonly laptop?: (fresh: Laptop) => Laptop
  /** Whether a process of the real machine is alive, for locks that rehearsals leave; none is when absent. */
  readonly isAlive?: (pid: number) => boolean
  /** Who types the code of an AWS device; nobody when absent. */
  readonly askCode?: AskCode
  /** What of AWS is there besides; whatever is asked for when absent. */
  readonly awsNames?: AwsNames
}

/** The way out of a program whose machine is simulated. */
export interface Rehearsal {
  readonly exec: Exec
  readonly programs: Programs
  readonly aws: Aws
  readonly net: Net
  readonly host: Host
  readonly hashing: Hashing
  /** The given files, with a disk that fills up when that fault is played. */
  readonly files: Files
  /** Whether AWS or a node has been what the fault that is played says. */
  struck(): boolean
  /** Lets go of what a fault held, and writes the laptop's state, so that the next rehearsal in the folder finds it. */
  save(): Promise<void>
}

/**
 * Opens the laptop in a folder: the one an earlier rehearsal left, or a new one. Faults of the groups `docker` and
 * `kubeconfig` hold for this rehearsal only; what the group `cluster` breaks stays broken.
 * @throws DevK8sError DK2911 for a fault of the group `cluster` where there is none.
 */
export async function openRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const { folder, clock, faults, speed } = options
  const home = `${folder}/home`
  let hasStruck = false
  const files = fillingUp(options.files, faultOf(options, 'tools.download') === 'disk-full')
  const kept = laptopStore(folder, options.files, clock, () => freshLaptop(options))
  const { awsNames } = options
  await kept.change((laptop) => ({
    ...laptop,
    played: [],
    ...(awsNames === undefined ? {} : { awsNames: withNames(laptop.awsNames, awsNames) }),
  }))
  const damage = faultOf(options, 'cluster')
  if (damage !== undefined) await damageClusters(damage, kept, options.files, options.places)
  const isLocked = faultOf(options, 'kubeconfig') === 'locked'
  const letGo = isLocked ? await holdKubeconfig(options.files, options.places) : undefined
  const laptop = withDockerFault(kept, faultOf(options, 'docker'))
  const machine: Machine = {
    laptop,
    files: options.files,
    clock,
    speed,
    faults,
    caller: 'net',
    isAlive: () => false,
    onStrike: () => {
      hasStruck = true
    },
  }
  await laptop.change((now) =>
    disturbNodes(faultOf(machine, 'node'), now, (profile) => kernelNow({ machine }, now, profile)),
  )
  const downloads: Downloads = {
    clock,
    speed,
    hashing: options.hashing,
    pinned: options.pinned,
    fault: faultOf(options, 'tools.download'),
    playOnce: async (key) => playOnce(kept, key),
  }
  return {
    programs: simulatedPrograms(),
    aws: simulatedAws(machine, {
      ...(options.askCode === undefined ? {} : { askCode: options.askCode }),
      names: async () => namesNow(kept, options.files, home),
      onStrike: () => {
        hasStruck = true
      },
    }),
    exec: simulatedExec({ machine, home }),
    net: simulatedNet(machine, downloads, files),
    host: simulatedHost(laptop, options.isAlive ?? (() => false)),
    hashing: simulatedHashing(options.hashing),
    files,
    struck: () => hasStruck,
    async save() {
      await letGo?.()
      // Every change is on the disk already; a laptop that nothing changed is written here.
      await kept.change((now) => ({ ...now }))
    },
  }
}

function freshLaptop({ platform, laptop }: RehearsalOptions): Laptop {
  const fresh = newLaptop(platform)
  return laptop?.(fresh) ?? fresh
}

/** Docker as the fault has it, without that being kept. */
function withDockerFault(kept: LaptopStore, fault: string | undefined): LaptopStore {
  if (fault === undefined) return kept
  const play = (laptop: Laptop): Laptop => ({ ...laptop, docker: dockerWith(laptop.docker, fault) })
  return {
    read: async () => play(await kept.read()),
    change: async (change) =>
      play(await kept.change((laptop) => ({ ...change(play(laptop)), docker: laptop.docker }))),
  }
}

function dockerWith(docker: Laptop['docker'], fault: string): Laptop['docker'] {
  switch (fault) {
    case 'down':
    case 'denied':
    case 'absent':
      return { ...docker, state: fault }
    case 'hang':
      return { ...docker, state: 'hanging' }
    default:
      return { ...docker, memoryMiB: 1_980 }
  }
}

async function playOnce(store: LaptopStore, key: string): Promise<boolean> {
  let isFirst = false
  await store.change((laptop) => {
    isFirst = !laptop.played.includes(key)
    return isFirst ? { ...laptop, played: [...laptop.played, key] } : laptop
  })
  return isFirst
}

/** A disk with room for one more MiB of downloads. */
function fillingUp(files: Files, isFilling: boolean): Files {
  if (!isFilling) return files
  return {
    ...files,
    async openWriter(path, options) {
      const writer = await files.openWriter(path, options)
      let bytes = 0
      return {
        ...writer,
        async write(chunk) {
          bytes += chunk.length
          if (bytes > 1024 * 1024) {
            fail(diskFull, { detail: `${path}: no space left to write it (ENOSPC).`, next: ['df -h'] })
          }
          await writer.write(chunk)
        },
      }
    },
  }
}
