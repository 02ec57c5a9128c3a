import { text } from 'node:stream/consumers'
import { realClock } from '../../src/adapters/clock.ts'
import { realFiles } from '../../src/adapters/files.ts'
import { runProgram, simulatedPrograms } from '../../src/simulator/program.ts'

/** The process of a simulated program: `node program.mjs minikube start ...`. Bundled by `installPrograms`. */
const [name, ...argv] = process.argv.slice(2)
const program = simulatedPrograms.find((each) => each === name)
if (program === undefined) throw new Error(`no simulated program ${name ?? ''}`)

const end = await runProgram({
  program,
  argv,
  env: Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  ),
  files: realFiles(),
  clock: realClock(),
  pid: process.pid,
  isAlive,
  readStdin: async () => text(process.stdin),
  out: (chunk) => void process.stdout.write(chunk),
  err: (chunk) => void process.stderr.write(chunk),
})
if ('exitCode' in end) process.exitCode = end.exitCode
else process.kill(process.pid, end.signal)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // ESRCH: no such process.
    return false
  }
}
