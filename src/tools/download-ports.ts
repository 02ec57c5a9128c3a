import type { Ports } from '../ports/ports.ts'

export type DownloadPorts = Pick<Ports, 'net' | 'files' | 'clock' | 'hashing'>
