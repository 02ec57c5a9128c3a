import type { ProgramCall } from '../machine.ts'
import type { Laptop } from '../state.ts'
import type { Flags } from './flags.ts'
import type { Output } from './output.ts'
import type { ProfileConfig } from './profile-config.ts'

/** One `minikube start` under way. */
export interface StartRun {
  readonly call: ProgramCall
  readonly out: Output
  readonly flags: Flags
  readonly profile: string
  /** The profile's config before this start; absent in a first one. */
  readonly before?: ProfileConfig
  /** As this start writes it. */
  readonly config: ProfileConfig
}

/** The driver's name in sentences: `Docker` on Linux, `Docker Desktop` elsewhere. */
export function driverTitle(driver: string, laptop: Laptop): string {
  if (driver !== 'docker') return driver === 'podman' ? 'Podman' : driver
  return laptop.system.platform === 'linux' ? 'Docker' : 'Docker Desktop'
}

export function isContainerDriver(driver: string): boolean {
  return driver === 'docker' || driver === 'podman'
}
