import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { type Laptop, newLaptop } from '../../src/simulator/state.ts'
import { type SimulatedProgram, simulatedPrograms } from '../../src/simulator/program.ts'

/** Simulated programs in a folder, ready for PATH. */
export interface InstalledPrograms {
  /** To be put first on PATH. */
  readonly bin: string
  /** The laptop's folder: laptop.json, calls.jsonl, faults.txt. */
  readonly state: string
  /** A program file that runs anywhere, e.g. to be served as a download. */
  script(program: SimulatedProgram, version?: string): string
  /** The calls so far, in order: `minikube start -p devk8s`. */
  calls(): Promise<readonly string[]>
  /** Faults for the calls to come, e.g. `cluster.start=hang`. */
  play(...faults: readonly string[]): Promise<void>
}

/**
 * Writes `minikube`, `kubectl` and `docker` into `<folder>/bin`: scripts that run the simulator, with
 * its state in `<folder>/state`. The scripts carry their settings, since a program's environment is an allow-list.
 *
 * @param speed 1 is a rehearsal's; tests want more.
 * @param laptop what the laptop is at first.
 */
export async function installPrograms(
  folder: string,
  speed = 20,
  laptop: (fresh: Laptop) => Laptop = (fresh) => fresh,
): Promise<InstalledPrograms> {
  const [bin, state, bundle] = [join(folder, 'bin'), join(folder, 'state'), join(folder, 'program.mjs')]
  await mkdir(bin, { recursive: true })
  await mkdir(state, { recursive: true })
  await writeFile(join(state, 'laptop.json'), JSON.stringify(laptop(newLaptop('linux'))))
  await build({
    entryPoints: [fileURLToPath(new URL('./minikube-program.ts', import.meta.url))],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // yaml's CommonJS build asks for node's own modules by require().
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
    logLevel: 'silent',
  })
  // node itself, not a shell: dash would hand the environment on in another order, and minikube prints it.
  const script = (program: SimulatedProgram, version = program === 'kubectl' ? 'v1.35.1' : 'v1.38.1') => {
    const settings = { DEVK8S_SIM_STATE: state, DEVK8S_SIM_SPEED: String(speed), DEVK8S_SIM_VERSION: version }
    return [
      `#!${process.execPath}`,
      `Object.assign(process.env, ${JSON.stringify(settings)})`,
      `process.argv.splice(2, 0, ${JSON.stringify(program)})`,
      `import(${JSON.stringify(pathToFileURL(bundle).href)})`,
      '',
    ].join('\n')
  }
  for (const program of simulatedPrograms) {
    await writeFile(join(bin, program), script(program))
    await chmod(join(bin, program), 0o755)
  }
  return {
    bin,
    state,
    script,
    calls: async () => (await readFile(join(state, 'calls.jsonl'), 'utf8')).split('\n').flatMap(callOf),
    play: async (...faults) => writeFile(join(state, 'faults.txt'), faults.join('\n')),
  }
}

function callOf(line: string): readonly string[] {
  if (line === '') return []
  const { program, argv } = JSON.parse(line) as { readonly program: string; readonly argv: readonly string[] }
  return [[program, ...argv].join(' ')]
}
