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

/** `3 h`, `2 h 59 min`, `45 min`, `40 s`: to the nearest, so that twelve hours that have just begun are twelve. */
export function leftText(leftMs: number): string {
  const seconds = Math.max(0, Math.round(leftMs / 1000))
  const minutes = Math.round(leftMs / 60_000)
  const hours = Math.round(leftMs / 3_600_000)
  if (seconds < 60) return `${seconds} s`
  if (minutes < 60) return `${minutes} min`
  if (minutes < 600) return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`
  return hours < 48 ? `${hours} h` : `${Math.round(leftMs / 86_400_000)} d`
}

const two = (part: number) => String(part).padStart(2, '0')
