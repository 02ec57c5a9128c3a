/** `14:32`, and with the date when that is not today: the person's own time. */
export function clockText(atMs: number, nowMs: number): string {
  const [at, now] = [new Date(atMs), new Date(nowMs)]
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (at.toDateString() === now.toDateString()) return time
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`
}

/** `14:32 (3 h)`; `over since 14:32` once it is. */
export function untilText(atMs: number, nowMs: number): string {
  if (atMs <= nowMs) return `over since ${clockText(atMs, nowMs)}`
  return `${clockText(atMs, nowMs)} (${leftText(atMs - nowMs)})`
}

/** `3 h`, `45 min`, `40 s`: rounded down, so that nothing is promised. */
export function leftText(leftMs: number): string {
  if (leftMs < 60_000) return `${Math.max(0, Math.floor(leftMs / 1000))} s`
  if (leftMs < 3_600_000) return `${Math.floor(leftMs / 60_000)} min`
  if (leftMs < 10 * 3_600_000) {
    const [hours, minutes] = [Math.floor(leftMs / 3_600_000), Math.floor((leftMs % 3_600_000) / 60_000)]
    return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`
  }
  return leftMs < 48 * 3_600_000
    ? `${Math.floor(leftMs / 3_600_000)} h`
    : `${Math.floor(leftMs / 86_400_000)} d`
}

const two = (part: number) => String(part).padStart(2, '0')
