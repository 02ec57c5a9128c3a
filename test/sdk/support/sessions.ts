import type { SessionEntry } from '../../../src/agent/documents.ts'

// Sessions that can be told apart: all three parts of one come from its serial, so that parts of two show.

export interface Issued {
  readonly role: string
  readonly session: SessionEntry
}

/** What an application said: test/sdk/peers. */
export interface Answer {
  readonly id?: string
  /** Undefined from a program that keeps it to itself. */
  readonly secret?: string
  readonly token?: string
  readonly expires?: string | null
  readonly error?: string
  /** ms since 1970, just before: what had ended by then was not to be answered. */
  readonly asked: number
}

export const account = '123456789012'
export const arnOf = (role: string): string => `arn:aws:iam::${account}:role/${role}`

/** Keeps account of what it gave out. */
export class Mint {
  readonly issued: Issued[] = []
  #serial = 0

  issue(role: string, lifeMs: number): Issued {
    this.#serial += 1
    const serial = `${role.toUpperCase()}${String(this.#serial).padStart(16 - role.length, '0')}`
    const now = Date.now()
    const session = {
      accessKeyId: `ASIA${serial}`,
      secretAccessKey: `secret/of/${serial}`.padEnd(40, '+'),
      sessionToken: `token/of/${serial}`.padEnd(200, '='),
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${role}/tester`,
      userId: `AROA${serial}:tester`,
      issuedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + lifeMs).toISOString(),
    }
    const issued = { role, session }
    this.issued.push(issued)
    return issued
  }

  /** @returns what is wrong with an answer to a pod of this role, whenever it came; undefined for nothing. */
  fault(answer: Answer, role: string): string | undefined {
    if (answer.error !== undefined) return answer.error
    const issued = this.#find(answer)
    if (issued === undefined) return `unknown key id ${answer.id}`
    if (issued.role !== role) return `the credentials of ${issued.role}`
    const { sessionToken, secretAccessKey } = issued.session
    if (answer.token !== sessionToken) return `mixed: key id ${answer.id}, token ${answer.token}`
    if (answer.secret !== undefined && answer.secret !== secretAccessKey)
      return `mixed: key id ${answer.id}, secret ${answer.secret}`
    return undefined
  }

  /** Whether it was over before it was asked for. */
  isExpired(answer: Answer): boolean {
    const issued = this.#find(answer)
    return issued !== undefined && answer.asked >= Date.parse(issued.session.expiresAt)
  }

  #find({ id }: Answer): Issued | undefined {
    return this.issued.find(({ session }) => session.accessKeyId === id)
  }
}
