import type { MinikubeEvent } from './events.ts'

/**
 * How far a start is, by the name of the step it announced (names are not localised, messages are). The order
 * is the one recorded in running-k8s-001; the weights follow its times, so that the bar moves evenly.
 */
const reached: Readonly<Record<string, number>> = {
  'Initial Minikube Setup': 0,
  'Selecting Driver': 0.02,
  'Downloading Artifacts': 0.04,
  'Starting Node': 0.05,
  'Pulling Base Image': 0.1,
  'Running on Localhost': 0.1,
  'Local OS Release': 0.15,
  'Updating Driver': 0.35,
  'Creating Container': 0.35,
  'Creating VM': 0.35,
  'Running Remotely': 0.35,
  'Preparing Kubernetes': 0.5,
  'Generating certificates': 0.6,
  'Booting control plane': 0.65,
  'Configuring RBAC rules': 0.8,
  'Configuring CNI': 0.82,
  'Configuring Localhost Environment': 0.85,
  'Verifying Kubernetes': 0.88,
  'Enabling Addons': 0.95,
  Done: 1,
}

export interface StartProgress {
  readonly message: string
  /** 0 to 1; never goes back, although minikube does (a running node reports step 4 after step 5). */
  readonly fraction: number
}

export const noProgress: StartProgress = { message: 'minikube start', fraction: 0 }

/** What is known after one more event. Unknown names and complaints leave the fraction where it was. */
export function advance(before: StartProgress, event: MinikubeEvent): StartProgress {
  switch (event.kind) {
    case 'step': {
      const fraction = Math.max(before.fraction, reached[event.name] ?? before.fraction)
      return { message: event.message || event.name || before.message, fraction }
    }
    case 'download':
      return { ...before, message: `Downloading ${event.artifact}` }
    case 'info':
    case 'warning':
    case 'error':
    case 'plain':
      return before
  }
}

/** `12 s`, `3 min 05 s`. */
export function renderElapsed(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1000))
  if (seconds < 60) return `${seconds} s`
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}
