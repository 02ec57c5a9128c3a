import type { Change } from '../ports/event.ts'
import { oneLine } from './text.ts'
import type { Theme } from './theme.ts'

/** `memoryMiB: 4096 → 6144 (restart)`. */
export function changeText({ field, from, to, effect }: Change, theme: Theme): string {
  const values =
    from !== undefined && to !== undefined
      ? `: ${from} ${theme.signs.arrow} ${to}`
      : to !== undefined
        ? `: ${to}`
        : from !== undefined
          ? `: ${from}`
          : ''
  return `${oneLine(`${field}${values}`)}${theme.faint(effectWords(effect))}`
}

function effectWords(effect: Change['effect']): string {
  switch (effect) {
    case 'create':
    case 'in-place':
      return ''
    case 'remove':
      return '  (removed)'
    case 'restart':
      return '  (by a restart)'
    case 'recreate':
      return '  (only by deleting and creating again: not done unasked)'
    case 'unsupported':
      return '  (cannot be changed)'
  }
}
