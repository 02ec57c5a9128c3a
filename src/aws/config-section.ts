/** A section of `~/.aws/config`: `profile acme-dev`, `sso-session acme`, `default`, and what it says. */
export interface ConfigSection {
  readonly header: string
  readonly values: Readonly<Record<string, string>>
}

/**
 * The sections of a config file as the AWS CLI and the SDKs read them: keys in small letters, comments behind a blank
 * left out, what is set in (such as the lines below `s3 =`) part of the line above and not looked at.
 */
export function configSections(text: string): readonly ConfigSection[] {
  const sections: { readonly header: string; readonly values: Record<string, string> }[] = []
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]/.exec(line)?.[1]
    if (header !== undefined) {
      sections.push({ header: plainHeader(header), values: {} })
      continue
    }
    const [, key, value] = /^([^\s=#;][^=]*?)\s*=\s*(.*)$/.exec(line) ?? []
    const section = sections.at(-1)
    if (key === undefined || value === undefined || section === undefined) continue
    section.values[key.toLowerCase()] = value.replace(/\s[#;].*$/, '').trim()
  }
  return sections
}

/** `profile "my name"` and `profile   my` as `profile my name` and `profile my`. */
function plainHeader(header: string): string {
  const [, kind, name = ''] = /^\s*(\S+)(?:\s+(.*?))?\s*$/.exec(header) ?? []
  return [kind ?? '', name.replaceAll(/^["']|["']$/g, '')].filter((part) => part !== '').join(' ')
}

/** What a team's profile says about signing in, complete. */
export interface TeamSignIn {
  /** What the AWS profile is to be called; another name is taken where somebody else has this one. */
  readonly profile: string
  /** What the sso-session is to be called, under the same condition. */
  readonly session: string
  readonly startUrl: string
  readonly ssoRegion: string
  readonly account: string
  readonly role: string
  readonly region?: string
}

export interface SignInAdded {
  /** The names that are used. */
  readonly profile: string
  readonly session: string
  /** What is appended, without the empty line in front of it; nothing when all of it is there already. */
  readonly lines: readonly string[]
}

/**
 * The sections through which a person signs in as the team does. A session that is there for the same start page is
 * shared, so that one sign-in serves both; names that are taken by anything else are left to their owners.
 * @param taken AWS profiles that there are, in either file.
 */
export function signInSections(
  wanted: TeamSignIn,
  text: string,
  taken: readonly string[],
): SignInAdded | { readonly unfit: string } {
  const unfit = unfitValue(wanted)
  if (unfit !== undefined) return { unfit }
  const sections = configSections(text)
  const shared = sections.find(
    ({ header, values }) => header.startsWith('sso-session ') && isSameStart(values, wanted),
  )
  const headers = new Set(sections.map(({ header }) => header))
  const session =
    shared?.header.slice('sso-session '.length) ??
    freeName(wanted.session, (name) => headers.has(`sso-session ${name}`))
  const values = {
    sso_session: session,
    sso_account_id: wanted.account,
    sso_role_name: wanted.role,
    ...(wanted.region === undefined ? {} : { region: wanted.region }),
  }
  const same = sections.find(({ header }) => header === headerOf(wanted.profile))
  if (same !== undefined && isSame(same.values, values)) {
    return {
      profile: wanted.profile,
      session,
      lines: shared === undefined ? sessionLines(session, wanted) : [],
    }
  }
  const profile = freeName(wanted.profile, (name) => taken.includes(name) || headers.has(headerOf(name)))
  return {
    profile,
    session,
    lines: [
      `[${headerOf(profile)}]`,
      ...Object.entries(values).map(([key, value]) => `${key} = ${value}`),
      ...(shared === undefined ? ['', ...sessionLines(session, wanted)] : []),
    ],
  }
}

/** The text of the file with the lines at its end; every byte of before stays. */
export function withLines(text: string, lines: readonly string[]): string {
  if (lines.length === 0) return text
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const gap = text === '' ? '' : text.endsWith('\n') ? end : `${end}${end}`
  return `${text}${gap}${lines.join(end)}${end}`
}

const headerOf = (profile: string) => (profile === 'default' ? 'default' : `profile ${profile}`)

const sessionLines = (session: string, { startUrl, ssoRegion }: TeamSignIn) => [
  `[sso-session ${session}]`,
  `sso_start_url = ${startUrl}`,
  `sso_region = ${ssoRegion}`,
  'sso_registration_scopes = sso:account:access',
]

const isSame = (there: ConfigSection['values'], wanted: ConfigSection['values']) =>
  Object.entries(wanted).every(([key, value]) => there[key] === value)

/** The portal shows its address with `/#/` behind it, and both lead to the same place. */
const isSameStart = (values: ConfigSection['values'], { startUrl, ssoRegion }: TeamSignIn) =>
  values['sso_region'] === ssoRegion && plainStart(values['sso_start_url'] ?? '') === plainStart(startUrl)

const plainStart = (url: string) => url.replace(/[/#]+$/, '')

function freeName(name: string, isTaken: (name: string) => boolean): string {
  for (let number = 0; ; number += 1) {
    const candidate = number === 0 ? name : `${name}-sso${number === 1 ? '' : `-${number}`}`
    if (!isTaken(candidate)) return candidate
  }
}

/**
 * A value that would mean something in the file: a line end in a role's name could bring a `credential_process` along,
 * which is a program that every AWS tool starts.
 */
function unfitValue({ profile, session, account, ...values }: TeamSignIn): string | undefined {
  const names = Object.entries({ profile, session }).filter(([, name]) => !/^[^\s\p{Cc}[\]"']+$/u.test(name))
  const numbers = Object.entries({ account }).filter(([, text]) => !/^\d{12}$/.test(text))
  const others = Object.entries(values).filter(([, text]) => !/^[^\s\p{Cc}]+$/u.test(text))
  const [first] = [...names, ...numbers, ...others]
  return first === undefined ? undefined : `${first[0]}: ${JSON.stringify(first[1])}`
}
