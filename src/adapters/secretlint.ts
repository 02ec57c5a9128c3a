import { lintSource } from '@secretlint/core'
import { creator as recommended } from '@secretlint/secretlint-rule-preset-recommend'
import type { SecretLintCoreConfig, SecretLintRuleCreator } from '@secretlint/types'
import type { Hit, Lint, SecretKind } from '../guard/finding.ts'
import { isExample, isLocalAddress } from '../guard/innocent.ts'

const ownRule = '@devk8s/guard'
const prefix = '@secretlint/secretlint-rule-'

/**
 * secretlint with its recommended preset and rules of our own in one run, so that its comments (`secretlint-disable-line`)
 * hold for both. No rule of it opens a file: it is told of no path, only of what some rules go by.
 * @param own finds what the preset misses.
 */
export function secretlint(own: (text: string) => readonly Hit[]): Lint {
  const config: SecretLintCoreConfig = {
    rules: [
      { id: `${prefix}preset-recommend`, rule: recommended },
      { id: ownRule, rule: ruleOf(own) },
    ],
  }
  return async (text, file) => {
    const { messages } = await lintSource({
      source: {
        // The npm rule looks for GitHub's tokens in package.json and for npm's nowhere but in .npmrc.
        filePath: /package(?:-lock)?\.json$/.test(file) ? 'package.json' : '.npmrc',
        content: text,
        // The rule for Google's keys looks into JSON alone, which a template or a Secret may hold as well.
        ext: /^\s*\{/.test(text) ? '.json' : '',
        contentType: 'text',
      },
      options: { config, noPhysicFilePath: true },
    })
    return messages.flatMap(({ ruleId, messageId, range: [start, end] }) => {
      const kind = ruleId === ownRule ? (messageId as SecretKind) : kindOf(ruleId)
      return isInnocent(ruleId, text, start, end) ? [] : [{ kind, start, end }]
    })
  }
}

function ruleOf(own: (text: string) => readonly Hit[]): SecretLintRuleCreator {
  return {
    messages: {},
    meta: { id: ownRule, recommended: true, type: 'scanner', supportedContentTypes: ['text'] },
    create: (context) => ({
      file({ content }) {
        // The text of a message would hold the secret; its id says all that is needed.
        for (const { kind, start, end } of own(content))
          context.report({
            message: { message: kind, messageId: kind, data: undefined },
            range: [start, end],
          })
      },
    }),
  }
}

const kindsOfRules: Readonly<Record<string, SecretKind>> = {
  gcp: 'gcp-key',
  npm: 'npm-token',
  github: 'github-token',
  privatekey: 'private-key',
  basicauth: 'login-in-address',
  'database-connection-string': 'login-in-address',
}

const kindOf = (ruleId: string): SecretKind => kindsOfRules[ruleId.slice(prefix.length)] ?? 'service-token'

/** What the preset takes for a secret and this guard does not: its rules know no hashes and no local databases. */
function isInnocent(ruleId: string, text: string, start: number, end: number): boolean {
  const value = text.slice(start, end)
  switch (ruleId) {
    // Ours find what it finds, and more; it takes hashes and documentation for keys. (The engine runs it even when its
    // descriptor says `disabled`.)
    case `${prefix}aws`:
      return true
    case `${prefix}basicauth`:
    case `${prefix}database-connection-string`:
      return isLocalAddress(value)
    case `${prefix}npm`:
      return !/^(?:_authToken=)?["']?[\w.=+/-]{16,}/.test(value) || isExample(value)
    default:
      return isExample(value)
  }
}
