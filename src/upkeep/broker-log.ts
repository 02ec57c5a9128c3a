import type { Ports } from '../ports/ports.ts'
import type { AwsPlaces } from './places.ts'

/** Some weeks of a broker that has little to say; the half before it is kept too. */
const largestBytes = 256 * 1024

/** Writes a line of the log, mode 0600; when it is full, it becomes `broker.log.1` and a new one begins. */
export async function writeLog(
  { brokerLog }: Pick<AwsPlaces, 'brokerLog'>,
  { files, clock }: Pick<Ports, 'files' | 'clock'>,
  text: string,
): Promise<void> {
  const stat = await files.stat(brokerLog)
  if (stat !== undefined && stat.sizeBytes > largestBytes) await files.rename(brokerLog, `${brokerLog}.1`)
  const oneLine = text.replaceAll(/\s*\r?\n\s*/g, ' ')
  await files.append(brokerLog, `${new Date(clock.now()).toISOString()} ${oneLine}\n`)
}
