/**
 * How kubectl starts devk8s for credentials: by its absolute path, since programs with a window do not have the
 * shell's PATH; in the protocol's version that old tools read too, with the mode that newer ones want (facts sheet, 9).
 */
export function pluginStanza(
  launcher: string,
  args: readonly string[],
  more: {
    readonly apiVersion?: string
    readonly interactiveMode?: string
    readonly env?: Readonly<Record<string, string>>
  } = {},
) {
  return {
    apiVersion: more.apiVersion ?? 'client.authentication.k8s.io/v1beta1',
    args,
    command: launcher,
    ...envOf(more.env),
    installHint: `${launcher} is not there; devk8s up writes it again.`,
    interactiveMode: more.interactiveMode ?? 'IfAvailable',
    provideClusterInfo: false,
  }
}

/** Variables as client-go has them: a list of names and values. */
export function envOf(env: Readonly<Record<string, string>> | undefined) {
  const entries = Object.entries(env ?? {})
  return entries.length === 0 ? {} : { env: entries.map(([name, value]) => ({ name, value })) }
}
