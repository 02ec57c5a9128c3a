export type Syntax = 'posix' | 'fish' | 'powershell'

/** The line with which a shell forgets a variable. */
export function renderUnset(name: string, syntax: Syntax): string {
  switch (syntax) {
    case 'posix':
      return `unset ${name}`
    case 'fish':
      return `set -e ${name}`
    case 'powershell':
      return `Remove-Item Env:${name} -ErrorAction SilentlyContinue`
  }
}

/** The line with which a shell sets a variable for what it starts. The value is one word to it, whatever is in it. */
export function renderExport(name: string, value: string, syntax: Syntax): string {
  switch (syntax) {
    case 'posix':
      return `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`
    case 'fish':
      return `set -gx ${name} '${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`
    case 'powershell':
      // PowerShell takes typographic single quotes for quotes as well.
      return `$env:${name} = '${value.replaceAll(/['\u2018\u2019\u201A\u201B]/g, '$&$&')}'`
  }
}
