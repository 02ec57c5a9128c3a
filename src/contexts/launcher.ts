import type { Wants } from '../plan/step.ts'

type Want = Readonly<Wants['launcher.present']>

/**
 * The program that kubectl starts for credentials: this devk8s with the Node that runs it, as long as both are there,
 * else the same version through npx. An absolute path of its own keeps kubeconfig entries true when devk8s moves.
 */
export function renderLauncher(want: Want): string {
  return want.path.endsWith('.cmd') ? commandFile(want) : shellScript(want)
}

/** Permission bits of the launcher: to run it, and for nobody else to write. */
export const launcherMode = 0o755

function shellScript({ nodePath, scriptPath, version }: Want): string {
  const [node, script] = [quoted(nodePath), quoted(scriptPath)]
  return `#!/bin/sh
# Written by devk8s; devk8s up writes it again. kubectl starts it for credentials.
if [ -x ${node} ] && [ -f ${script} ]; then
  exec ${node} ${script} "$@"
fi
exec npx --yes devk8s@${version} "$@"
`
}

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`

/** With `goto`: in a block in brackets cmd.exe reads %errorlevel% before the program has run. */
function commandFile({ nodePath, scriptPath, version }: Want): string {
  const [node, script] = [nodePath, scriptPath].map((path) => `"${path.replaceAll('%', '%%')}"`)
  const lines = [
    '@echo off',
    'rem Written by devk8s; devk8s up writes it again. kubectl starts it for credentials.',
    `if not exist ${node} goto npx`,
    `if not exist ${script} goto npx`,
    `${node} ${script} %*`,
    'exit /b %errorlevel%',
    ':npx',
    `npx --yes devk8s@${version} %*`,
    'exit /b %errorlevel%',
    '',
  ]
  return lines.join('\r\n')
}
