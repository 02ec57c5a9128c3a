/**
 * The frame with "If the above advice does not help" (recorded 114, running-k8s-051 as JSON,
 * running-k8s-014 as text with `bullet` `* `). The hash in the file's name is minikube's of its arguments.
 */
export function box(command: string, kind: 'logs' | 'file', bullet: string): string {
  const lines = [
    '',
    `${bullet}If the above advice does not help, please let us know:`,
    `${bullet === '' ? '' : '  '}https://github.com/kubernetes/minikube/issues/new/choose`,
    '',
    `${bullet}Please run \`minikube logs --file=logs.txt\` and attach logs.txt to the GitHub issue.`,
    ...(kind === 'file'
      ? [
          `${bullet}Please also attach the following file to the GitHub issue:`,
          `${bullet}- /tmp/minikube_${command}_${'0'.repeat(40)}_0.log`,
        ]
      : []),
    '',
  ]
  const width = Math.max(...lines.map((line) => line.length)) + 8
  const rule = '─'.repeat(width)
  const rows = lines.map((line) => `│${`    ${line}`.padEnd(width)}│`)
  return [`╭${rule}╮`, ...rows, `╰${rule}╯`].join('\n')
}
