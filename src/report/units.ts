/** `0.8s`, `12s`, `3m 05s`, `1h 02m`. */
export function formatDuration(ms: number): string {
  if (ms < 9950) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`
}

const two = (value: number) => String(value).padStart(2, '0')

const byteUnits = ['kB', 'MB', 'GB', 'TB'] as const

/** Bytes in decimal units, as download pages and disks count: `512 B`, `55.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`
  let value = bytes / 1000
  let unit = 0
  // 999.95 would be rounded up to "1000.0" below.
  while (value >= 999.95 && unit < byteUnits.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value.toFixed(1)} ${byteUnits[unit]}`
}

/** `3 steps`, `1 step`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
