import { ownHits } from './rules.ts'
import { alphanumerics, escapedClass, nextRun, runEnd } from './runs.ts'

/** An access key id is 20 capitals and digits; tokens of services, and base64, have longer runs. */
const shortestRun = 20
/** A secret access key may be interrupted by `/` and `+`, or by what escapes them in an address. */
const secretLength = 40

/** Quick and coarse: false for most of the files that people write. */
export function isWorthALook(text: string): boolean {
  return (
    hasRandomRun(text) ||
    nextRun(text, escapedClass, secretLength) !== -1 ||
    // What has separators within: tokens of SendGrid, old ones of npm.
    /SG\.\w/.test(text) ||
    text.includes('_authToken=') ||
    hasLogin(text)
  )
}

/**
 * Whether there is a run that is none of the long names which code is full of: one with a digit, or with more capitals
 * than words have. Of random letters and digits 20 in a row lack both once in five thousand times, and what is looked for
 * is longer, or all capitals.
 */
function hasRandomRun(text: string): boolean {
  let end = 0
  for (;;) {
    const start = nextRun(text, alphanumerics, shortestRun, end)
    if (start === -1) return false
    end = runEnd(text, alphanumerics, start)
    let capitals = 0
    for (let at = start; at < end; at += 1) {
      const code = text.charCodeAt(at)
      if (code < 0x3a) return true
      if (code < 0x5b) capitals += 1
    }
    if (capitals * 4 >= end - start) return true
  }
}

/** `://USER:PASSWORD@`, from its rarest sign backwards. */
function hasLogin(text: string): boolean {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    if (/:\/\/[^\s/:@]+:[^\s/@]+$/.test(text.slice(Math.max(0, at - 480), at))) return true
  }
  return false
}

/** Each of our own rules needs one of these, or one of the names below. */
const ownShapes = new RegExp(
  [
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}',
    'IQo[JG][A-Za-z0-9]{6}',
    'F[wQ]oGZXIv',
    '[AF]Qo[DE]YXdz',
    'QVdTO[g-v]',
    'eyJ[A-Za-z0-9_-]{9}',
    'k8s-aws-v1',
    'client-key-data',
    'kind["\']?\\s*:\\s*["\']?Config\\b',
    'X-Amz-Sec',
  ].join('|'),
)
const names =
  /[sS]ecret[_.\- ]?(?:[aA]ccess|[kK]ey)|SECRET[_.\- ]?(?:ACCESS|KEY)|(?:aws|AWS|Aws)[_.-]?(?:[sS]e[cs]|SE[CS])/

/** Those of the engine (secretlint-rule-preset-recommend 11), beside logins in addresses. */
const engineShapes = new RegExp(
  [
    'PRIVATE KEY',
    '_authToken=',
    '(?:npm|gh[opsur]|lin_api|shp(?:pa|ca|at|ss)|github_pat|ops)_[A-Za-z0-9]{20}',
    'x(?:ox[abopr]|app)-[A-Za-z0-9]',
    'hooks\\.slack',
    'T3BlbkFJ|sk-ant-api0',
    'SG\\.\\w{8}',
  ].join('|'),
)

/**
 * Whether a text that is worth a look holds what one of our rules finds, or may hold what one of the engine's does. The
 * engine itself takes a hundred times as long.
 */
export function mayHold(text: string): boolean {
  if (engineShapes.test(text) || hasLogin(text)) return true
  return (ownShapes.test(text) || names.test(text)) && ownHits(text).length > 0
}
