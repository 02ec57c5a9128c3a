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

const valuesOf = ({ stdin, env = {} }: Command) => [
  ...(stdin === undefined ? [] : [stdin]),
  ...Object.values(env),
]

/** Tells of a text what is secret in it: all secrets that went into it. */
export function tell(value: string | Secret, onReveal: OnReveal): void {
  if (value instanceof Secret) for (const plain of Secret.revealOrigins(value)) onReveal(plain)
}
