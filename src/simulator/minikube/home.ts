import type { ProgramCall } from '../machine.ts'
import { goJson } from './output.ts'
import type { ProfileConfig } from './profile-config.ts'

/** minikube's home folder: `MINIKUBE_HOME`, or `~/.minikube`. */
export function homeOf(call: ProgramCall): string {
  const wanted = call.env['MINIKUBE_HOME']
  if (wanted === undefined || wanted === '') return `${call.env['HOME'] ?? ''}/.minikube`
  const path = wanted.replace(/\/+$/, '')
  return path.endsWith('.minikube') ? path : `${path}/.minikube`
}

/** The folders any command makes (recorded 001). */
export async function makeHome(call: ProgramCall): Promise<void> {
  const home = homeOf(call)
  for (const folder of ['addons', 'cache', 'certs', 'config', 'files', 'logs', 'machines']) {
    await call.machine.files.makeFolder(`${home}/${folder}`, 0o755)
  }
}

/** Reading a file that minikube keeps as JSON: it may be missing, or damaged in a way Go has a sentence for. */
export type Loaded<T> = { readonly value: T } | { readonly missing: true } | { readonly damaged: string }

/** `profiles/<name>/config.json`. */
export async function loadProfile(call: ProgramCall, profile: string): Promise<Loaded<ProfileConfig>> {
  return load(call, `${homeOf(call)}/profiles/${profile}/config.json`)
}

/** `machines/<name>/config.json`. */
export async function loadMachine(call: ProgramCall, profile: string): Promise<Loaded<object>> {
  return load(call, `${homeOf(call)}/machines/${profile}/config.json`)
}

async function load<T>(call: ProgramCall, path: string): Promise<Loaded<T>> {
  const text = await call.machine.files.readText(path)
  if (text === undefined) return { missing: true }
  try {
    return { value: JSON.parse(text) as T }
  } catch {
    // Go's words for a file that was cut off, and for an empty one (recorded running-k8s-148, running-133).
    return { damaged: 'unexpected end of JSON input' }
  }
}

/** Writes the profile's config as minikube does: tabs, 0600. */
export async function saveProfile(call: ProgramCall, config: ProfileConfig): Promise<void> {
  const folder = `${homeOf(call)}/profiles/${config.Name}`
  await call.machine.files.makeFolder(folder, 0o755)
  await call.machine.files.write(`${folder}/config.json`, goJson(config, '\t'), { mode: 0o600 })
}

/** `machines/<name>/config.json`, written once the container is being made (recorded running-001, running-k8s-133). */
export async function saveMachine(call: ProgramCall, config: ProfileConfig): Promise<void> {
  const home = homeOf(call)
  const folder = `${home}/machines/${config.Name}`
  await call.machine.files.makeFolder(folder, 0o700)
  const driver = {
    IPAddress: '',
    MachineName: config.Name,
    SSHUser: '',
    SSHPort: 0,
    SSHKeyPath: `${folder}/id_rsa`,
    StorePath: home,
    NodeConfig: {
      ClusterName: config.Name,
      MachineName: config.Name,
      CPU: config.CPUs,
      Memory: config.Memory,
    },
    OCIBinary: config.Driver,
  }
  const machine = { ConfigVersion: 3, Driver: driver, DriverName: config.Driver, Name: config.Name }
  await call.machine.files.write(`${folder}/config.json`, goJson(machine, '    '), { mode: 0o600 })
}

/** A certificate or key of the simulated cluster: recognisable, and of use to nobody. */
export function pem(label: 'CERTIFICATE' | 'RSA PRIVATE KEY', name: string): string {
  const text = `simulated ${name}: this is no key and no certificate`
  return `-----BEGIN ${label}-----\n${base64(text)}\n-----END ${label}-----\n`
}

/** Base64 of plain ASCII text. */
export function base64(text: string): string {
  return btoa(text)
}

/** The certificates of a cluster that was booted (recorded running-k8s-001). */
export async function saveCertificates(call: ProgramCall, profile: string): Promise<void> {
  const home = homeOf(call)
  const folder = `${home}/profiles/${profile}`
  const pairs = [
    [home, 'ca'],
    [home, 'proxy-client-ca'],
    [folder, 'client'],
    [folder, 'apiserver'],
    [folder, 'proxy-client'],
  ] as const
  for (const [where, name] of pairs) {
    await call.machine.files.write(`${where}/${name}.crt`, pem('CERTIFICATE', name), { mode: 0o644 })
    await call.machine.files.write(`${where}/${name}.key`, pem('RSA PRIVATE KEY', name), { mode: 0o600 })
  }
}

/** Takes a profile's folders away. */
export async function removeProfileFiles(call: ProgramCall, profile: string): Promise<void> {
  await call.machine.files.remove(`${homeOf(call)}/machines/${profile}`)
  await call.machine.files.remove(`${homeOf(call)}/profiles/${profile}`)
}

/** One line of `logs/audit.json`; not for version, status and profile (recorded 001, 006, 010: no such file). */
export async function audit(call: ProgramCall, profile: string): Promise<void> {
  const command = call.argv[0] ?? ''
  const time = new Date(call.machine.clock.now()).toISOString()
  const data = {
    args: call.argv.slice(1).join(' '),
    command,
    endTime: time,
    profile,
    startTime: time,
    user: 'dev',
    version: call.version,
  }
  const line = goJson({
    specversion: '1.0',
    source: 'https://minikube.sigs.k8s.io/',
    type: 'io.k8s.sigs.minikube.audit',
    data,
  })
  await call.machine.files.append(`${homeOf(call)}/logs/audit.json`, `${line}\n`)
}
