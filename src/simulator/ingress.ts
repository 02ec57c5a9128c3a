import { at, fieldsOf, type KubeObject, listOf, numberOf, textOf } from './kube-api/object.ts'
import type { KubeStore } from './kube-api/store.ts'

/** What the node answers on port 80; `refused` while no ingress controller listens there. */
export type IngressAnswer = { readonly status: number; readonly page: string } | 'refused'

/**
 * The ingress add-on: nginx with host ports on the node. Finds the Ingress rule for the host, its Service and the
 * Deployment behind it (assumed; minikube: deploy/addons/ingress/ingress-deploy.yaml.tmpl). The store must be
 * settled.
 */
export function answerIngress(store: KubeStore, host: string, path: string): IngressAnswer {
  const all = Object.values(store.objects).map(({ object }) => object)
  const controller = all.find(
    (object) => object.kind === 'Deployment' && object.metadata.name === 'ingress-nginx-controller',
  )
  if (controller === undefined || !isAvailable(controller)) return 'refused'
  const backend = all
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap((each) => backendOf(each, host, path))[0]
  if (backend === undefined) return { status: 404, page: page404 }
  const service = named(all, 'Service', backend.namespace, backend.service)
  const selector = fieldsOf(at(service, 'spec', 'selector'))
  const workload = all.find(
    (object) =>
      object.kind === 'Deployment' &&
      object.metadata.namespace === backend.namespace &&
      isSelected(fieldsOf(at(object, 'spec', 'template', 'metadata', 'labels')), selector),
  )
  if (service === undefined || workload === undefined || !isAvailable(workload))
    return { status: 503, page: page503 }
  return { status: 200, page: pageOf(workload) }
}

const page404 =
  '<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n'
const page503 = page404.replaceAll('404 Not Found', '503 Service Temporarily Unavailable')

function isAvailable(workload: KubeObject): boolean {
  return (numberOf(at(workload, 'status', 'availableReplicas')) ?? 0) > 0
}

interface Backend {
  readonly namespace: string
  readonly service: string
}

function backendOf(ingress: KubeObject, host: string, path: string): readonly Backend[] {
  const namespace = ingress.metadata.namespace ?? 'default'
  return listOf(at(ingress, 'spec', 'rules'))
    .filter((rule) => {
      const wanted = textOf(at(rule, 'host'))
      return wanted === undefined || wanted === host.replace(/:\d+$/, '')
    })
    .flatMap((rule) => listOf(at(rule, 'http', 'paths')))
    .filter((each) => path.startsWith(textOf(at(each, 'path')) ?? '/'))
    .flatMap((each) => {
      const service = textOf(at(each, 'backend', 'service', 'name'))
      return service === undefined ? [] : [{ namespace, service }]
    })
}

function named(
  all: readonly KubeObject[],
  kind: string,
  namespace: string,
  name: string,
): KubeObject | undefined {
  return all.find(
    (object) =>
      object.kind === kind && object.metadata.namespace === namespace && object.metadata.name === name,
  )
}

function isSelected(
  labels: Readonly<Record<string, unknown>>,
  selector: Readonly<Record<string, unknown>>,
): boolean {
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value)
}

/** hashicorp/http-echo serves its `-text`; what another image would serve is not known here. */
function pageOf(workload: KubeObject): string {
  const [container] = listOf(at(workload, 'spec', 'template', 'spec', 'containers'))
  const args = [...listOf(at(container, 'args')), ...listOf(at(container, 'command'))].flatMap(
    (each) => textOf(each) ?? [],
  )
  const text = args.map((arg) => /^-?-text=(.*)$/s.exec(arg)?.[1]).find((each) => each !== undefined)
  return `${text ?? `a page of ${workload.metadata.name}`}\n`
}
