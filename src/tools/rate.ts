/** What to show of a download that is under way. */
export interface DownloadProgress {
  readonly bytes: number
  readonly totalBytes?: number
  readonly bytesPerS?: number
}

/** How often, in ms, a reader is told; a screen gains nothing from more. */
const tellEveryMs = 200
/** The rate is that of the last so many ms: an average over all of it would not show that the line has become slow. */
const windowMs = 4_000

interface Sample {
  readonly atMs: number
  readonly bytes: number
}

/** Counts what arrives and tells `report` now and then; `bytesPerS` counts only bytes that came over the line. */
export interface RateMeter {
  add(bytes: number): void
  /** Tells the present state whether or not it is time. */
  flush(): void
}

/** `alreadyBytes` are there from an earlier try. `nowMs` is a monotonic clock. */
export function rateMeter(
  start: { readonly alreadyBytes: number; readonly totalBytes?: number },
  nowMs: () => number,
  report: (progress: DownloadProgress) => void,
): RateMeter {
  let bytes = start.alreadyBytes
  let samples: readonly Sample[] = [{ atMs: nowMs(), bytes }]
  let toldMs = Number.NEGATIVE_INFINITY
  const total = start.totalBytes === undefined ? {} : { totalBytes: start.totalBytes }
  const tell = (atMs: number) => {
    toldMs = atMs
    samples = [...samples.filter((sample) => sample.atMs >= atMs - windowMs), { atMs, bytes }]
    const first = samples[0]
    const spanMs = first === undefined ? 0 : atMs - first.atMs
    const rate =
      first === undefined || spanMs <= 0
        ? {}
        : { bytesPerS: Math.round(((bytes - first.bytes) / spanMs) * 1000) }
    report({ bytes, ...total, ...rate })
  }
  return {
    add(more) {
      bytes += more
      const atMs = nowMs()
      if (atMs - toldMs >= tellEveryMs) tell(atMs)
    },
    flush: () => tell(nowMs()),
  }
}
