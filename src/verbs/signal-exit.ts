/** POSIX numbers, the same on Linux and macOS for these. */
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
}

/** How shells tell a death by signal: 128 and the signal's number; 129 when that is not known, so that it is a failure. */
export function signalExit(signal: string | null | undefined): number {
  return 128 + (signalNumbers[signal ?? ''] ?? 1)
}
