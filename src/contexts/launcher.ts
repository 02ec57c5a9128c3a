import type { Wants } from '../plan/step.ts'

type Want = Readonly<Wants['launcher.present']>

/**
 * The program that kubectl starts for credentials: this devk8s with the Node that runs it, or with the Node on PATH
 * when that one is gone. When devk8s itself is gone it says what writes it anew and hands out nothing: npx would
 * prefer the `node_modules` of the folder that kubectl runs in, whoever wrote those. An absolute path of its own keeps
 * kubeconfig entries true when devk8s moves.
 */
export function renderLauncher(want: Want): string {
  return want.path.endsWith('.cmd') ? commandFile(want) : shellScript(want)
}

/** Permission bits of the launcher: to run it, and for nobody else to write. */
export const launcherMode = 0o755

/** Nothing handed out, as from a context that is locked. */
const goneExit = 4

const goneText = (what: string, version: string): string =>
  `devk8s: ${what} is gone, and no credentials were handed out. To mend it: npx devk8s@${version} up, or devk8s contexts sync`

function shellScript({ nodePath, scriptPath, version }: Want): string {
  const [node, script] = [quoted(nodePath), quoted(scriptPath)]
  return `#!/bin/sh
# Written by devk8s; devk8s up writes it again. kubectl starts it for credentials.
node=${node}
[ -x "$node" ] || node=$(command -v node)
# A PATH with a relative folder in it finds what lies where kubectl runs.
case $node in /*) ;; *) node= ;; esac
if [ ! -f ${script} ]; then
  printf '%s\\n' ${quoted(goneText(scriptPath, version))} >&2
  exit ${goneExit}
fi
if [ -z "$node" ]; then
  printf '%s\\n' ${quoted(goneText(nodePath, version))} >&2
  exit ${goneExit}
fi
exec "$node" ${script} "$@"
`
}

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`

/**
 * With `goto`: in a block in brackets cmd.exe reads %errorlevel% before the program has run. The Node on PATH is looked
 * for by `~$PATH:`, since cmd.exe looks for a bare name in the current folder first.
 */
function commandFile({ nodePath, scriptPath, version }: Want): string {
  const [node, script] = [nodePath, scriptPath].map((path) => path.replaceAll('%', '%%'))
  const lines = [
    '@echo off',
    'rem Written by devk8s; devk8s up writes it again. kubectl starts it for credentials.',
    'setlocal',
    `set "DEVK8S_NODE=${node}"`,
    'if not exist "%DEVK8S_NODE%" for %%n in (node.exe) do set "DEVK8S_NODE=%%~$PATH:n"',
    `if not exist "${script}" goto script`,
    'if "%DEVK8S_NODE%"=="" goto node',
    `"%DEVK8S_NODE%" "${script}" %*`,
    'exit /b %errorlevel%',
    ':script',
    `>&2 echo ${escaped(goneText(scriptPath, version))}`,
    `exit /b ${goneExit}`,
    ':node',
    `>&2 echo ${escaped(goneText(nodePath, version))}`,
    `exit /b ${goneExit}`,
    '',
  ]
  return lines.join('\r\n')
}

/** For `echo` of cmd.exe, to which these are its own. */
const escaped = (text: string): string => text.replaceAll('%', '%%').replaceAll(/[&|<>^()]/g, '^$&')
