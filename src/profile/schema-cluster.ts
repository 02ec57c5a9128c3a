import * as v from 'valibot'
import type { Component, PlatformKey } from './profile.ts'
import { drivers } from './profile.ts'
import * as is from './values.ts'

/** minikube takes these wrong in silence or fails late; each floor and form cites its recording in values.ts. */
const memory = v.pipe(
  v.union([v.literal('auto'), is.size('auto, or a size', 1800)]),
  v.description("the node's memory: auto, or a size such as 6g or 6144Mi, at least 1800Mi"),
)

const mountText = is.formed(
  /^(?:[A-Za-z]:)?[^:]+:\/[^:]*$/,
  'host folder and node folder with a colon between them, such as ./src:/src',
)

const mount = v.pipe(
  v.union([
    mountText,
    v.strictObject({
      host: is.path('a folder on the machine'),
      node: is.formed(/^\/[^:]*$/, 'an absolute path in the node, such as /src'),
    }),
  ]),
  v.description('a folder of the machine that the node sees, such as ./src:/src'),
)

const address = is.formed(
  /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])$/,
  'an address of the machine, such as 127.0.0.1',
)

const isPortText = (text: string) =>
  text
    .split(':')
    .slice(-2)
    .every((port) => Number(port) >= 1 && Number(port) <= 65_535)

const portMust = 'address:port:port or port:port, machine first, such as 127.0.0.1:80:80'
const port = v.pipe(
  v.union([
    v.pipe(
      v.string(),
      v.regex(/^(?:(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):)?\d{1,5}:\d{1,5}$/, portMust),
      v.check(isPortText, 'two ports between 1 and 65535'),
    ),
    v.strictObject({
      address: v.exactOptional(address),
      host: is.whole('the port on the machine', 1, 65_535),
      node: is.whole('the port in the node', 1, 65_535),
    }),
  ]),
  v.description(`a published port: ${portMust}`),
)

const registry = is.formed(
  /^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?|\[[0-9a-fA-F:]+\](?::\d{1,5})?|\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})$/,
  'a registry without a scheme, such as registry.acme.test:5000, or an address range',
)

const extraValue = v.pipe(
  v.union([is.formed(/^[^\p{Cc}]*$/u, 'one line of text'), v.number(), v.boolean()]),
  v.description('a value for the flag of that name: text, a number, or true or false'),
)

const extraKey = is.formed(/^[A-Za-z][\w.-]*$/, "a flag or a dotted field of the component's configuration")

const componentSettings = v.exactOptional(
  is.removable(
    is.described(v.record(extraKey, is.removable(extraValue)), 'settings of the component, by key'),
  ),
)

/** An unknown component ends in MK_USAGE (recorded 098), an unknown gate passes (recorded 100, 101). */
const extraConfig = is.described(
  v.strictObject({
    kubelet: componentSettings,
    kubeadm: componentSettings,
    apiserver: componentSettings,
    'controller-manager': componentSettings,
    etcd: componentSettings,
    'kube-proxy': componentSettings,
    scheduler: componentSettings,
  } satisfies Record<Component, typeof componentSettings>),
  'settings by component and key, such as kubelet: { max-pods: 50 }',
)

const featureGates = is.described(
  v.record(
    is.formed(
      /^[A-Z][A-Za-z0-9]+$/,
      'the name of a feature gate in CamelCase, such as MutatingAdmissionPolicy',
    ),
    is.removable(is.flag('whether the gate is open')),
  ),
  'feature gates by name, each true or false',
)

export const clusterSchema = v.strictObject({
  name: v.exactOptional(is.clusterName),
  kubernetes: v.exactOptional(is.version('Kubernetes')),
  driver: v.exactOptional(
    is.described(v.picklist(['auto', ...drivers]), "what runs the node: auto, or one of minikube's drivers"),
  ),
  runtime: v.exactOptional(
    is.described(v.picklist(['docker', 'containerd', 'cri-o']), 'the container runtime in the node'),
  ),
  cpus: v.exactOptional(is.whole("the node's processors", 2, 256)),
  memory: v.exactOptional(memory),
  disk: v.exactOptional(is.size('a size', 2000)),
  nodes: v.exactOptional(is.whole('the number of nodes', 1, 16)),
  featureGates: v.exactOptional(featureGates),
  extraConfig: v.exactOptional(extraConfig),
  mounts: v.exactOptional(
    v.pipe(
      v.array(mount),
      v.maxLength(1, 'one folder at most, since minikube mounts one'),
      v.description('the folder of the machine that the node sees'),
    ),
  ),
  ports: v.exactOptional(is.described(v.array(port), 'ports of the machine that lead into the node')),
  registryMirrors: v.exactOptional(
    is.described(v.array(is.url('a mirror', ['https:', 'http:'])), 'mirrors of Docker Hub'),
  ),
  insecureRegistries: v.exactOptional(
    is.described(v.array(registry), 'registries that the node may reach without TLS'),
  ),
  caCertificates: v.exactOptional(
    is.described(v.array(is.path('a PEM file')), 'certificates that the node must trust'),
  ),
  serviceCidr: v.exactOptional(is.cidr('10.96.0.0/12', 8, 24)),
  subnet: v.exactOptional(is.removable(is.cidr('192.168.49.0/24', 8, 29))),
  staticIp: v.exactOptional(is.removable(is.staticIp)),
})

const sum = v.exactOptional(is.removable(is.sha256))

const tool = (name: 'minikube' | 'kubectl') =>
  v.strictObject({
    version: v.exactOptional(is.version(name)),
    mirror: v.exactOptional(is.url('an address', ['https:', 'file:'])),
    sha256: v.exactOptional(
      is.described(
        v.strictObject({
          'linux-amd64': sum,
          'linux-arm64': sum,
          'darwin-amd64': sum,
          'darwin-arm64': sum,
          'windows-amd64': sum,
        } satisfies Record<PlatformKey, typeof sum>),
        'sha256 sums by platform, such as linux-amd64',
      ),
    ),
    usePath: v.exactOptional(is.flag('a compatible program on PATH may serve')),
  })

export const toolsSchema = v.strictObject({
  minikube: v.exactOptional(is.described(tool('minikube'), 'the minikube that devk8s installs')),
  kubectl: v.exactOptional(is.described(tool('kubectl'), 'the kubectl that devk8s installs')),
})

/** minikube passes over a pair that is none with a warning (assets/addons.go, parseMapString). */
const pairs = (what: string) =>
  v.exactOptional(
    is.removable(
      is.formed(
        /^[A-Za-z][\w-]*=[^\s,=]+(?:,[A-Za-z][\w-]*=[^\s,=]+)*$/,
        `${what} by minikube's name of the image, with commas between them, such as ${what === 'images' ? 'RegistryCreds=acme/registry-creds:1.11' : 'RegistryCreds=registry.acme.test'}`,
      ),
    ),
  )

export const addonsSchema = v.record(
  is.formed(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "minikube's name of an add-on, such as metrics-server"),
  is.removable(
    v.pipe(
      v.union([
        v.boolean(),
        v.strictObject({
          enabled: v.exactOptional(is.flag('whether the add-on is wanted')),
          options: v.exactOptional(
            is.described(
              v.strictObject({ images: pairs('images'), registries: pairs('registries') }),
              'options of the add-on: { images, registries }',
            ),
          ),
        }),
      ]),
      v.description('true, false, or { enabled, options }'),
    ),
  ),
)

const labelKey = is.formed(
  /^(?:(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/,
  'a label key, such as team or acme.com/team',
)

export const namespaceSchema = v.pipe(
  v.union([
    is.label('a namespace'),
    v.strictObject({
      name: is.label('a namespace'),
      labels: v.exactOptional(
        is.described(
          v.record(
            labelKey,
            is.formed(
              /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/,
              'a label value of at most 63 characters',
            ),
          ),
          'labels of the namespace',
        ),
      ),
      annotations: v.exactOptional(
        is.described(v.record(labelKey, v.string()), 'annotations of the namespace'),
      ),
    }),
  ]),
  v.description('a namespace: its name, or { name, labels, annotations }'),
)
