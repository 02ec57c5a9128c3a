/** Sizes as people write them, and the whole versions that minikube wants. */

/** `6144Mi`, `6g`, `1.5GiB`: all binary, as docker and minikube read them. */
export const sizePattern = /^\d+(?:\.\d+)?\s?(?:[mM]|[gG]|[tT])(?:[iI]?[bB]?)?$/

const mibPerUnit = { m: 1, g: 1024, t: 1024 * 1024 } as const

/** The MiB of a number (MiB already) or of a text with a unit; undefined when it is neither. */
export function parseMiB(size: string | number): number | undefined {
  if (typeof size === 'number') return Number.isInteger(size) && size > 0 ? size : undefined
  if (!sizePattern.test(size)) return undefined
  const unit = /[mgt]/i.exec(size)?.[0].toLowerCase() as keyof typeof mibPerUnit
  const amount = Math.floor(Number.parseFloat(size) * mibPerUnit[unit])
  return amount > 0 ? amount : undefined
}

/** A full version, with or without `v`; pre-releases are allowed, build data is not. */
export const versionPattern = /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?$/

/** With `v` in front, as minikube and the download sites write it. */
export const withV = (version: string): string => (version.startsWith('v') ? version : `v${version}`)

/** An MiB amount for people: `6 GiB`, `6144 MiB` when it is not a whole number of GiB. */
export const renderMiB = (mib: number): string => (mib % 1024 === 0 ? `${mib / 1024}g` : `${mib}Mi`)
