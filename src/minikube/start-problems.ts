import type { Ran } from '../ports/exec.ts'
import * as kinds from '../problems/cluster.ts'
import { problem, type Problem, type ProblemKind } from '../problems/problem.ts'
import {
  firstLine,
  lastWords,
  namedError,
  parseEvents,
  parsePlainReason,
  tellsOfReset,
  type NamedError,
} from './events.ts'
import { pasteable } from './paste.ts'
import { profilePaths } from './paths.ts'
import { renderElapsed } from './progress.ts'
import type { MinikubeRef } from './types.ts'

/**
 * What a `minikube start` that did not end well means: by the reason's name first, then by the exit code's
 * range (facts sheet, 5), never by its words. Any reason may be replaced by one minikube matched on an error
 * text, hence the ranges.
 */
export function startProblem(ran: Ran, ref: MinikubeRef): Problem {
  const events = parseEvents(ran.stdout)
  const reason = namedError(events) ?? parsePlainReason(ran.stderr)
  const evidence = lastWords(events, ran.stderr)
  const log = `The log of the start is ${profilePaths(ref).lastStartLog}.`
  const make = (kind: ProblemKind, detail: string, next: readonly string[]): Problem =>
    problem(kind, { detail: `${detail} ${log}`, next, evidence })
  switch (ran.outcome) {
    case 'timed-out':
      return make(
        kinds.startTimedOut,
        `minikube start -p ${ref.profile} ran for ${renderElapsed(ran.durationMs)}.`,
        ['devk8s up', 'devk8s doctor'],
      )
    case 'signalled':
    case 'aborted':
      return make(
        kinds.startKilled,
        `minikube start -p ${ref.profile} was ended by ${ran.signal ?? 'a signal'}.`,
        ['devk8s up'],
      )
    case 'not-found':
      return make(kinds.startFailed, `${ref.program} is not there.`, ['devk8s up'])
    case 'exited':
      break
  }
  const said = `minikube start ended with ${describe(reason, ran.exitCode)}.`
  if (tellsOfReset(events)) {
    const detail = `minikube could not restart the control plane of ${ref.profile}, wiped it, and ended with ${describe(reason, ran.exitCode)}: objects of the cluster are lost.`
    return make(kinds.clusterReset, detail, ['devk8s up', 'devk8s up --recreate'])
  }
  const { kind, next } = classify(reason, ran.exitCode ?? 1, ref)
  return make(kind, said, next)
}

/** `DRV_CP_ENDPOINT (exit 50): failed to construct cluster server address`. */
export function describe(reason: NamedError | undefined, exitCode: number | null): string {
  if (reason === undefined) return `exit ${exitCode ?? 'unknown'} and no reason`
  const advice = reason.advice === '' ? '' : ` (minikube advises: ${firstLine(reason.advice)})`
  return `${reason.name} (exit ${reason.exitCode ?? exitCode ?? 'unknown'}): ${firstLine(reason.message)}${advice}`
}

interface Meaning {
  readonly kind: ProblemKind
  readonly next: readonly string[]
}

function classify(reason: NamedError | undefined, exitCode: number, ref: MinikubeRef): Meaning {
  return byName(reason?.name ?? '', ref) ?? byExitCode(exitCode)
}

function byName(name: string, ref: MinikubeRef): Meaning | undefined {
  switch (name) {
    // Every later start fails alike until delete (running-k8s-141); the next check sees it and asks.
    case 'DRV_CP_ENDPOINT':
      return { kind: kinds.clusterHalfMade, next: ['devk8s up'] }
    case 'K8S_APISERVER_MISSING':
      return {
        kind: kinds.apiServerMissing,
        next: [
          'devk8s up',
          pasteable(ref, 'logs', '-p', ref.profile, '--file=logs.txt'),
          'devk8s up --recreate',
        ],
      }
    case 'HOST_CONFIG_LOAD':
      return { kind: kinds.profileDamaged, next: ['devk8s up'] }
    case 'RSRC_OVER_ALLOC_MEM':
      return { kind: kinds.resourcesShort, next: ['devk8s doctor'] }
    case 'MK_PATCH_NOT_FOUND':
      return { kind: kinds.versionRefused, next: ['devk8s profile validate'] }
    default:
      return undefined
  }
}

function byExitCode(exitCode: number): Meaning {
  const doctor = ['devk8s doctor']
  if (exitCode === 14) return { kind: kinds.startRefused, next: ['devk8s profile validate', 'devk8s plan'] }
  if (exitCode >= 20 && exitCode <= 29) return { kind: kinds.resourcesShort, next: doctor }
  if (exitCode >= 30 && exitCode <= 39) return { kind: kinds.homeUnusable, next: doctor }
  if (exitCode >= 40 && exitCode <= 49)
    return { kind: kinds.internetMissing, next: ['devk8s doctor', 'devk8s up'] }
  if (exitCode === 57 || exitCode === 67) return { kind: kinds.driverRefused, next: doctor }
  if (exitCode === 56 || exitCode === 65) return { kind: kinds.driverMissing, next: doctor }
  if ([55, 63, 69].includes(exitCode))
    return { kind: kinds.driverSilent, next: ['devk8s doctor', 'devk8s up'] }
  if (exitCode === 81) return { kind: kinds.startConflict, next: ['devk8s plan', 'devk8s up --recreate'] }
  if (exitCode >= 90 && exitCode <= 99) {
    return { kind: kinds.runtimeFailed, next: ['devk8s up', 'devk8s up --recreate'] }
  }
  if (exitCode === 105) return { kind: kinds.apiServerMissing, next: ['devk8s up', 'devk8s up --recreate'] }
  if (exitCode === 106) return { kind: kinds.versionRefused, next: ['devk8s plan', 'devk8s up --recreate'] }
  return { kind: kinds.startFailed, next: ['devk8s up', 'devk8s doctor'] }
}
