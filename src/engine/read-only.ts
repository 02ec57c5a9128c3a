import type { Exec } from '../ports/exec.ts'
import type { Files } from '../ports/files.ts'
import type { Ports } from '../ports/ports.ts'
import { changeWhileLooking } from '../problems/bugs.ts'
import { fail } from '../problems/problem.ts'

/**
 * Ports through which nothing can be changed: a Command that changes something, and every writing method
 * of Files, throws DK9002 before it reaches the outside. Every check is given these, in both modes, so that
 * "looking changes nothing" is kept by the engine and not by discipline.
 */
export function readOnlyPorts(ports: Ports): Ports {
  return { ...ports, exec: readOnlyExec(ports.exec), files: readOnlyFiles(ports.files) }
}

function readOnlyExec(exec: Exec): Exec {
  return {
    run: async (command, how) =>
      command.changes ? refuse([command.program, ...command.args].join(' ')) : exec.run(command, how),
    find: (program) => exec.find(program),
  }
}

function readOnlyFiles(files: Files): Files {
  return {
    readText: (path) => files.readText(path),
    readStream: (path) => files.readStream(path),
    stat: (path) => files.stat(path),
    list: (path) => files.list(path),
    realPath: (path) => files.realPath(path),
    freeBytes: (path) => files.freeBytes(path),
    write: async (path) => refuse(`write ${path}`),
    createExclusive: async (path) => refuse(`create ${path}`),
    append: async (path) => refuse(`append to ${path}`),
    openWriter: async (path) => refuse(`open ${path} for writing`),
    rename: async (from, to) => refuse(`rename ${from} to ${to}`),
    link: async (path) => refuse(`link ${path}`),
    readLink: (path) => files.readLink(path),
    syncFolder: async (path) => refuse(`sync ${path}`),
    makeFolder: async (path) => refuse(`create ${path}`),
    chmod: async (path) => refuse(`change the mode of ${path}`),
    remove: async (path) => refuse(`remove ${path}`),
  }
}

function refuse(what: string): never {
  fail(changeWhileLooking, { detail: `Stopped: ${what}` })
}
