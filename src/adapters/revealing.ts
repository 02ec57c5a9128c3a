import type { Aws, AwsCredentials } from '../ports/aws.ts'
import type { Command, Exec } from '../ports/exec.ts'
import type { Files } from '../ports/files.ts'
import { Secret } from '../ports/secret.ts'

/** Told of each secret at the moment it leaves the program, so that output can be kept free of it. */
export type OnReveal = (plain: string) => void

export function execThatTells(exec: Exec, onReveal: OnReveal): Exec {
  return {
    find: async (program) => exec.find(program),
    run: async (command, how) => {
      for (const value of valuesOf(command)) tell(value, onReveal)
      return exec.run(command, how)
    },
  }
}

export function filesThatTell(files: Files, onReveal: OnReveal): Files {
  return {
    ...files,
    write: async (path, content, options) => {
      tell(content, onReveal)
      return files.write(path, content, options)
    },
  }
}

/** Tells of keys and tokens as they come, so that nothing can show them before they are used. */
export function awsThatTells(aws: Aws, onReveal: OnReveal): Aws {
  const told = <C extends AwsCredentials>(credentials: C): C => {
    tell(credentials.secretAccessKey, onReveal)
    if (credentials.sessionToken !== undefined) tell(credentials.sessionToken, onReveal)
    return credentials
  }
  return {
    ...aws,
    credentials: async (source, signal) => told(await aws.credentials(source, signal)),
    session: async (source, signal) => told(await aws.session(source, signal)),
    registryToken: async (source, signal) => {
      const token = await aws.registryToken(source, signal)
      tell(token.auth, onReveal)
      return token
    },
  }
}

const valuesOf = ({ stdin, env = {} }: Command) => [
  ...(stdin === undefined ? [] : [stdin]),
  ...Object.values(env),
]

function tell(value: string | Secret, onReveal: OnReveal): void {
  if (value instanceof Secret) for (const plain of Secret.revealOrigins(value)) onReveal(plain)
}
