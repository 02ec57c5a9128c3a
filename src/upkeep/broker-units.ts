/** What starts the broker: the launcher, which stays at its place when devk8s is updated, and what it is to know. */
export interface BrokerProgram {
  readonly launcher: string
  readonly environment: Readonly<Record<string, string>>
}

export const unitName = 'devk8s-broker.service'
export const agentLabel = 'dev.devk8s.broker'
/** The hidden command that is the broker. */
export const brokerCommand = '__broker'

/** Where systemd looks for the units of a person (systemd.unit(5)). */
export function unitPath(home: string, env: Readonly<Record<string, string | undefined>>): string {
  return `${env['XDG_CONFIG_HOME'] || `${home}/.config`}/systemd/user/${unitName}`
}

/** Where launchd looks for the agents of a person (launchd.plist(5)). */
export function agentPath(home: string): string {
  return `${home}/Library/LaunchAgents/${agentLabel}.plist`
}

/** Where the service of a broker lies on such a machine, whether it is there or not; undefined where none can be. */
export function servicePath(
  platform: 'darwin' | 'linux' | 'win32',
  home: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  switch (platform) {
    case 'darwin':
      return agentPath(home)
    case 'linux':
      return unitPath(home, env)
    case 'win32':
      return undefined
  }
}

/** Where the service of this devk8s' broker would lie, and what is in it when it is there. */
export interface ServicePlace {
  readonly file: string
  readonly launcher: string
  /** XDG_STATE_HOME, where that is set. */
  readonly stateHome?: string
}

/**
 * Whether the text of a service starts the broker of this very devk8s. The file is one for the person: a devk8s with
 * other folders (XDG_DATA_HOME, XDG_STATE_HOME) has its own broker started by it.
 */
export function isServiceOf(text: string, { launcher, stateHome }: Omit<ServicePlace, 'file'>): boolean {
  const starts = [unitStart(launcher), agentString(launcher)].some((line) => text.includes(line))
  if (stateHome === undefined) return starts && !text.includes(stateVariable)
  const keeps = [unitVariable(stateVariable, stateHome), agentVariable(stateVariable, stateHome)]
  return starts && keeps.some((line) => text.includes(line))
}

const stateVariable = 'XDG_STATE_HOME'

const unitStart = (launcher: string) => `ExecStart=${quotedForSystemd(launcher)} ${brokerCommand}\n`
const unitVariable = (name: string, value: string) => `Environment=${quotedForSystemd(`${name}=${value}`)}\n`
const agentString = (text: string) => `<string>${escapedForXml(text)}</string>\n`
const agentVariable = (name: string, value: string) =>
  `    <key>${escapedForXml(name)}</key>\n    ${agentString(value)}`

/**
 * A unit for `systemctl --user`. One that ends by itself is started again; not one that was told to stop, nor one whose
 * launcher found devk8s gone (exit code 4, src/contexts/launcher.ts).
 */
export function renderUnit({ launcher, environment }: BrokerProgram): string {
  const variables = Object.entries(environment).map(([name, value]) => unitVariable(name, value))
  return `# Written by devk8s aws broker start; devk8s aws broker stop removes it.
[Unit]
Description=devk8s: keeps the AWS session of local clusters fresh

[Service]
Type=exec
${unitStart(launcher)}${variables.join('')}Restart=on-failure
RestartSec=30
RestartPreventExitStatus=4
UMask=0077
Nice=10

[Install]
WantedBy=default.target
`
}

/** Quotes with C escapes; `%` begins a specifier also within quotes (systemd.syntax(7), systemd.unit(5)). */
function quotedForSystemd(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
  return `"${escaped}"`
}

/** An agent for launchd: starts with the login, and again after an end that was no wanted one. */
export function renderAgent({ launcher, environment }: BrokerProgram): string {
  const variables = Object.entries(environment).map(([name, value]) => agentVariable(name, value))
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by devk8s aws broker start; devk8s aws broker stop removes it. -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${agentLabel}</string>
  <key>ProgramArguments</key>
  <array>
    ${agentString(launcher)}    <string>${brokerCommand}</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.join('')}  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>30</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>Umask</key>
  <integer>63</integer>
</dict>
</plist>
`
}

/** XML has no way to write other control characters, and no variable holds any that means something. */
function escapedForXml(text: string): string {
  return text
    .replaceAll(/(?![\t\n])\p{Cc}/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
