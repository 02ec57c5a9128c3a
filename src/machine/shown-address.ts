import { parseProxy } from './proxy-settings.ts'

const mask = '***'

/**
 * An address as it may be shown: without a user name and password, and without the query, which in a link that
 * is valid for a while is its key. Of one that cannot be parsed, what stands before its last `@` is not shown.
 */
export function shownAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  // `me:secret@host` is an address of the scheme `me:` to a parser, without a host.
  if (url === undefined || (url.host === '' && url.protocol !== 'file:')) return withoutStart(address)
  const hasLogin = url.username !== '' || url.password !== ''
  if (!hasLogin && url.search === '') return address
  return `${url.protocol}//${hasLogin ? `${mask}@` : ''}${url.host}${url.pathname}${url.search === '' ? '' : `?${mask}`}`
}

/**
 * The value of a proxy variable as it may be shown: scheme, host and port. A value that is no address is quoted,
 * without what stands before its last `@`.
 */
export function shownProxy(value: string): string {
  const url = parseProxy(value)
  return url === undefined ? JSON.stringify(withoutStart(value)) : `${url.protocol}//${url.host}`
}

function withoutStart(text: string): string {
  const at = text.lastIndexOf('@')
  if (at < 0) return text
  const scheme = /^\s*[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0].trim() ?? ''
  return `${scheme}${mask}${text.slice(at)}`
}
