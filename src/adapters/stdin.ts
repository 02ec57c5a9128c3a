/**
 * All that comes in on standard input, as text. By the stream and not by /dev/stdin: that one cannot be opened where the
 * input is a socket, as a child of Node has it (ENXIO on Linux), and there is none on Windows.
 */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
