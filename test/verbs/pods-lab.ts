import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ports } from '../../src/ports/ports.ts'
import { type Laptop, newLaptop } from '../fakes/session.ts'

const profileOf = (aws: string) => `apiVersion: devk8s.dev/v1
kind: Profile
metadata:
  name: shop
aws:
  profile: acme-dev
  region: eu-west-1
${aws}
namespaces:
  - name: shop
context:
  namespace: shop
manifests:
  - workloads.yaml
`

const account = (name: string, role?: string) => `---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
  namespace: shop
${role === undefined ? '' : `  annotations: { eks.amazonaws.com/role-arn: "${role}" }`}
`

interface DeploymentOf {
  readonly account?: string
  readonly annotations?: string
  readonly labels?: string
  readonly container?: string
}

const deployment = (
  name: string,
  { account: serviceAccount, annotations, labels, container }: DeploymentOf,
) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      labels: { app: ${name}${labels === undefined ? '' : `, ${labels}`} }
${annotations === undefined ? '' : `      annotations: { ${annotations} }`}
    spec:
${serviceAccount === undefined ? '' : `      serviceAccountName: ${serviceAccount}`}
      containers:
        - name: app
          image: nginx:1.27
${container ?? ''}
`

const workloads = [
  account('api', 'arn:aws:iam::111122223333:role/reader'),
  deployment('api', { account: 'api' }),
  deployment('worker', { annotations: 'iam.amazonaws.com/role: writer' }),
  deployment('web', {}),
  deployment('root', { annotations: 'iam.amazonaws.com/role: admin' }),
  deployment('own', {
    labels: 'devk8s.dev/aws: "on"',
    container: `          env: [{ name: AWS_PROFILE, value: mine }]
        - name: side
          image: nginx:1.27
          env: [{ name: AWS_REGION, value: us-east-1 }]
`,
  }),
  `---
apiVersion: v1
kind: ConfigMap
metadata: { name: choice, namespace: shop }
data: { AWS_PROFILE: mine }
`,
  deployment('taker', {
    labels: 'devk8s.dev/aws: "on"',
    container: '          envFrom: [{ configMapRef: { name: choice } }]',
  }),
].join('')

/** A laptop whose cluster runs pods of every kind: with a role, denied one, and with credentials of their own. */
export async function laptopWithPods(aws = '  roles: { admin: deny }', flags = ''): Promise<Laptop> {
  const laptop = await newLaptop()
  await writeFile(join(laptop.folder, 'workloads.yaml'), workloads)
  await writeFile(join(laptop.folder, 'devk8s.yaml'), profileOf(aws))
  const done = await laptop.run(`up --yes${flags}`)
  if (done.exit !== 0) throw new Error(JSON.stringify(done.problems))
  return laptop
}

interface SavedPod {
  readonly metadata: {
    readonly name: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly containers: readonly Readonly<Record<string, unknown>>[] }
}

/** The pods of namespace shop that the simulated cluster runs, by the workload that made them. */
export async function podsOn(laptop: Laptop): Promise<Readonly<Record<string, SavedPod>>> {
  const saved = JSON.parse(await readFile(join(laptop.folder, 'laptop.json'), 'utf8')) as {
    readonly nodes: Readonly<
      Record<
        string,
        { readonly store: { readonly objects: Readonly<Record<string, { readonly object: SavedPod }>> } }
      >
    >
  }
  const objects = Object.values(saved.nodes).flatMap(({ store }) => Object.entries(store.objects))
  const pods = objects.filter(([key]) => key.startsWith('/pods/shop/')).map(([, { object }]) => object)
  return Object.fromEntries(pods.map((pod) => [pod.metadata.labels?.['app'] ?? pod.metadata.name, pod]))
}

/** Something that a person does to the cluster, by the way of a command that asks it anything. */
export async function kubectlOn(laptop: Laptop, ...args: readonly string[]): Promise<void> {
  let isDone = false
  const through = (ports: Ports): Ports => ({
    ...ports,
    exec: {
      ...ports.exec,
      run: async (command, how) => {
        if (!isDone && command.tool === 'kubectl' && command.args.includes('get')) {
          isDone = true
          await ports.exec.run(
            { ...command, args: [...command.args.slice(0, 5), ...args], changes: true },
            how,
          )
        }
        return ports.exec.run(command, how)
      },
    },
  })
  await laptop.run('aws status', { through })
}
