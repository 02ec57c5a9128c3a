import type { Finding } from '../plan/step.ts'
import type { HostFacts } from '../ports/host.ts'
import { clockWrong } from '../problems/host.ts'
import { fits, unfit } from './verdict.ts'

/** The day minikube v1.38.1 was released (facts sheet, 2.1): no machine that runs this can be before it. */
const earliestMs = Date.UTC(2026, 1, 19)
/** Certificates of public servers live for months; a clock this far ahead trusts none of them. */
const latestMs = Date.UTC(2046, 0, 1)
/** AWS refuses signatures that are more than five minutes off ("Signature expired", minikube#1378). */
const skewLimitMs = 5 * 60_000
/** A file from the future means that the clock has been set back, or was ahead when it was written. */
const futureFileMs = 60 * 60_000

export interface ClockReadings {
  readonly nowMs: number
  /** Docker's own clock and when it was asked: a virtual machine's clock stops while the laptop sleeps. */
  readonly docker?: { readonly clockMs: number; readonly askedAtMs: number }
  /** Newest modification of the files that devk8s and minikube write. */
  readonly newestFileMs?: number
}

/** Whether the clock can be right, without asking the network. */
export function checkClock(readings: ClockReadings, platform: HostFacts['platform']): Finding {
  const { nowMs, docker, newestFileMs } = readings
  const skewMs = docker === undefined ? undefined : docker.clockMs - docker.askedAtMs
  const detail = { now: renderTime(nowMs), ...(skewMs !== undefined && { dockerSkewMs: Math.round(skewMs) }) }
  if (!(nowMs >= earliestMs && nowMs <= latestMs)) {
    const found = `This machine says it is ${renderTime(nowMs)}.`
    return unfit(clockWrong, { detail: found, next: syncCommands(platform) }, detail)
  }
  if (skewMs !== undefined && Math.abs(skewMs) > skewLimitMs) {
    const found = `Docker's clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs < 0 ? 'behind' : 'ahead of'} this machine's.`
    return unfit(
      clockWrong,
      { detail: found, next: [restartDocker(platform), ...syncCommands(platform)] },
      detail,
    )
  }
  const isPast = newestFileMs !== undefined && newestFileMs > nowMs + futureFileMs
  return fits(
    detail,
    isPast
      ? [
          `A file of the cluster is dated ${renderTime(newestFileMs)}, which is still to come: was the clock set back?`,
        ]
      : [],
  )
}

/** A broken clock can be beyond what a Date holds. */
function renderTime(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString()
}

function restartDocker(platform: HostFacts['platform']): string {
  return platform === 'linux' ? 'sudo systemctl restart docker' : 'docker desktop restart'
}

function syncCommands(platform: HostFacts['platform']): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['sudo sntp -sS time.apple.com']
    case 'linux':
      return ['timedatectl', 'sudo timedatectl set-ntp true']
    case 'win32':
      return ['w32tm /resync /force']
  }
}
