import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { at, listOf } from '../../src/simulator/kube-api/object.ts'
import { newLaptop } from '../fakes/session.ts'
import { objectsIn } from './cluster-objects.ts'

const profile = (kubernetes: string) => `apiVersion: devk8s.dev/v1
kind: Profile
metadata:
  name: shop
cluster:
  kubernetes: ${kubernetes}
aws:
  profile: acme-dev
  region: eu-west-1
  ecr:
    mode: secret
namespaces:
  - name: shop
manifests:
  - app.yaml
`

/** Its workload first, and the namespace of the other one last. */
const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      serviceAccountName: web
      containers: [{ name: web, image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1 }]
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: web, namespace: shop }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: job, namespace: later }
---
apiVersion: v1
kind: Namespace
metadata: { name: later }
`

test.for(['v1.31.4', 'v1.35.1'])(
  'with %s, pods of the first up pull, and nothing is left to renew for namespaces and accounts of manifests',
  async (kubernetes) => {
    const laptop = await newLaptop()
    await writeFile(join(laptop.folder, 'devk8s.yaml'), profile(kubernetes))
    await writeFile(join(laptop.folder, 'app.yaml'), manifest)
    const up = await laptop.run('up --yes')
    expect({ exit: up.exit, problems: up.problems }).toEqual({ exit: 0, problems: [] })
    await laptop.clock.sleep(2_000)
    const objects = await objectsIn(laptop)
    const pod = objects.find(({ kind, metadata }) => kind === 'Pod' && metadata.namespace === 'shop')
    expect(at(pod, 'status', 'phase')).toBe('Running')
    expect(listOf(at(pod, 'spec', 'imagePullSecrets'))).toEqual([{ name: 'awsecr-cred' }])
    const secrets = objects.filter(({ metadata }) => metadata.name === 'awsecr-cred')
    expect(secrets.map(({ metadata }) => metadata.namespace)).toContain('later')
    expect((await laptop.run('plan')).result?.changesNeeded).toBe(false)
    const status = await laptop.run('aws status')
    expect(listOf(at(status.answer, 'parts')).map((part) => at(part, 'fresh'))).toEqual([true, true])
    expect(status.text).toMatch(
      kubernetes === 'v1.31.4' ? /Policies +none: Kubernetes v1\.31\.4 has none/ : /Policies +fresh/,
    )
  },
)
