import { type SemVer, coerce, lt } from 'semver'
import type { HostFacts } from '../ports/host.ts'
import {
  dockerAbsent,
  dockerContextUnknown,
  dockerDenied,
  dockerDown,
  dockerHangs,
  dockerIsPodman,
  dockerTooOld,
  dockerUnusable,
  dockerWindowsContainers,
} from '../problems/host.ts'
import { type Problem, problem } from '../problems/problem.ts'
import type { DockerState } from './docker.ts'
import { installCommands } from './install.ts'

/** minikube refuses older ones and advises 20.10 (facts sheet, 8). */
const oldest = '18.9.0'
const advised = '20.10.0'
/** Releases of Docker Desktop that minikube rejects: one everywhere, one on macOS (facts sheet, 8). */
const rejectedDesktops = [{ version: '4.16.0' }, { version: '4.34.0', platform: 'darwin' }] as const

/** What is wrong with Docker as the place of a node, or undefined when it serves. */
export function dockerProblem(
  state: DockerState,
  host: HostFacts,
  desktopVersion?: string,
): Problem | undefined {
  switch (state.kind) {
    case 'ok':
      return unfitVersion(state.fact.serverVersion, host, desktopVersion)
    case 'absent':
      return problem(dockerAbsent, {
        detail: 'There is no program docker on your PATH.',
        next: installCommands('docker', host),
      })
    case 'hangs':
      return problem(dockerHangs, {
        detail: 'The daemon took the call and did not answer within 6 seconds.',
        next: restartCommands(host),
      })
    case 'down':
      return problem(dockerDown, { detail: firstLine(state.text), next: startCommands(host) })
    case 'denied':
      return problem(dockerDenied, { detail: firstLine(state.text), next: groupCommands(host) })
    case 'unknown-context':
      return problem(dockerContextUnknown, {
        detail: firstLine(state.text),
        next: ['docker context ls', 'docker context use default', 'unset DOCKER_CONTEXT'],
      })
    case 'windows-containers':
      return problem(dockerWindowsContainers, {
        detail: `Docker ${state.version} is switched to Windows containers.`,
        next: ['& "$Env:ProgramFiles\\Docker\\Docker\\DockerCli.exe" -SwitchLinuxEngine'],
      })
    case 'podman':
      return problem(dockerIsPodman, {
        detail: 'The program docker on your PATH is the one that podman brings in its place.',
        next: ['devk8s up --driver podman', ...installCommands('docker', host)],
      })
    case 'unusable':
      return problem(dockerUnusable, { detail: firstLine(state.text), next: ['docker info'] })
  }
}

function unfitVersion(version: string, host: HostFacts, desktop: string | undefined): Problem | undefined {
  const rejected = rejectedDesktops.find(
    (each) => each.version === desktop && (!('platform' in each) || each.platform === host.platform),
  )
  if (rejected !== undefined) {
    const detail = `Docker Desktop ${desktop} has a fault that minikube does not start on.`
    return problem(dockerTooOld, { detail, next: ['docker desktop update'] })
  }
  const known = releaseOf(version)
  if (known === null || !lt(known, oldest)) return undefined
  const detail = `Docker ${version} is too old; minikube needs 18.09 and advises 20.10.`
  return problem(dockerTooOld, { detail, next: installCommands('docker', host) })
}

/**
 * Docker's versions are not quite semantic: `18.09.1`, `19.03.13-ce`, `20.10.24+dfsg1`. Null for one that cannot be
 * read, which is no reason to stop.
 */
function releaseOf(version: string): SemVer | null {
  return coerce(version.replace(/\b0+(?=\d)/g, ''))
}

/** What works but may surprise. */
export function dockerWarnings(state: Extract<DockerState, { kind: 'ok' }>): readonly string[] {
  const { fact, usernsRemap } = state
  const known = releaseOf(fact.serverVersion)
  return [
    ...(known !== null && lt(known, advised)
      ? [`Docker ${fact.serverVersion} is old; minikube advises 20.10 or newer.`]
      : []),
    ...(usernsRemap ? ['Docker remaps user ids (userns-remap), which minikube does not support.'] : []),
    ...(fact.rootless && fact.cgroupVersion === '1'
      ? ['Docker runs without root on cgroup version 1, which cannot limit a node; version 2 is needed.']
      : []),
  ]
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('WARNING:')) ?? text
}

function startCommands({ platform, wsl }: HostFacts): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['open -a Docker']
    case 'win32':
      return ['Start-Process "$Env:ProgramFiles\\Docker\\Docker\\Docker Desktop.exe"']
    case 'linux':
      return wsl
        ? ['sudo service docker start', 'docker context ls']
        : ['sudo systemctl start docker', 'docker context ls']
  }
}

function restartCommands({ platform, wsl }: HostFacts): readonly string[] {
  switch (platform) {
    case 'darwin':
    case 'win32':
      return ['docker desktop restart']
    case 'linux':
      return wsl
        ? ['sudo service docker restart']
        : ['sudo systemctl restart docker', 'journalctl -u docker -n 50']
  }
}

/** A new group counts from the next login; `newgrp` gives it to the present shell. */
function groupCommands({ platform }: HostFacts): readonly string[] {
  switch (platform) {
    case 'linux':
      return ['sudo usermod -aG docker "$USER"', 'newgrp docker']
    case 'darwin':
      return ['ls -l /var/run/docker.sock', 'docker context ls']
    case 'win32':
      return ['net localgroup docker-users %USERNAME% /add']
  }
}
