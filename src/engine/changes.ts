import type { Exec } from '../ports/exec.ts'
import type { Files } from '../ports/files.ts'
import type { Ports } from '../ports/ports.ts'

/** What would be done, in a few words, and to what. */
export interface ToldChange {
  readonly what: string
  /** Of a file or folder; a command has none. */
  readonly path?: string
  /** A folder that is made where it is missing, which alone changes nothing for anybody. */
  readonly isFolder?: true
}

/**
 * Ports that tell of whatever may change something before it does: a Command that says so, and every writing method of
 * Files. What `before` throws keeps it from happening.
 */
export function beforeChanges(ports: Ports, before: (change: ToldChange) => void): Ports {
  return { ...ports, exec: tellingExec(ports.exec, before), files: tellingFiles(ports.files, before) }
}

function tellingExec(exec: Exec, before: (change: ToldChange) => void): Exec {
  return {
    run: async (command, how) => {
      if (command.changes) before({ what: [command.program, ...command.args].join(' ') })
      return exec.run(command, how)
    },
    find: async (program) => exec.find(program),
  }
}

function tellingFiles(files: Files, before: (change: ToldChange) => void): Files {
  return {
    readText: async (path) => files.readText(path),
    readStream: (path) => files.readStream(path),
    stat: async (path) => files.stat(path),
    list: async (path) => files.list(path),
    realPath: async (path) => files.realPath(path),
    freeBytes: async (path) => files.freeBytes(path),
    readLink: async (path) => files.readLink(path),
    async write(path, content, options) {
      before({ what: `write ${path}`, path })
      return files.write(path, content, options)
    },
    async createExclusive(path, content) {
      before({ what: `create ${path}`, path })
      return files.createExclusive(path, content)
    },
    async append(path, text) {
      before({ what: `append to ${path}`, path })
      return files.append(path, text)
    },
    async openWriter(path, options) {
      before({ what: `open ${path} for writing`, path })
      return files.openWriter(path, options)
    },
    async rename(from, to) {
      before({ what: `rename ${from} to ${to}`, path: from })
      return files.rename(from, to)
    },
    async link(path, target) {
      before({ what: `link ${path}`, path })
      return files.link(path, target)
    },
    async syncFolder(path) {
      before({ what: `sync ${path}`, path })
      return files.syncFolder(path)
    },
    async makeFolder(path, mode) {
      before({ what: `create ${path}`, path, isFolder: true })
      return files.makeFolder(path, mode)
    },
    async chmod(path, mode) {
      before({ what: `change the mode of ${path}`, path })
      return files.chmod(path, mode)
    },
    async remove(path) {
      before({ what: `remove ${path}`, path })
      return files.remove(path)
    },
  }
}
