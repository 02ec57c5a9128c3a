import { pullSecret } from './names.ts'
import type { CelVariable } from './policies.ts'

/** `123456789012.dkr.ecr.eu-central-1.amazonaws.com/…`, its FIPS and dual-stack names included (facts aws, 8). */
export const ecrImage = '^[0-9]{12}[.]dkr[.-]ecr'

/** Whether a pod pulls from ECR, images mounted as volumes included. */
export function pullVariables(): readonly CelVariable[] {
  return [
    {
      name: 'images',
      expression: `object.spec.containers.filter(c, has(c.image)).map(c, c.image)
  + (has(object.spec.initContainers)
    ? object.spec.initContainers.filter(c, has(c.image)).map(c, c.image) : [])
  + (has(object.spec.volumes)
    ? object.spec.volumes.filter(v, has(v.image) && has(v.image.reference)).map(v, v.image.reference) : [])`,
    },
    {
      name: 'wanted',
      expression: `variables.images.exists(image, image.matches('${ecrImage}'))
  && !(has(object.spec.imagePullSecrets)
    && object.spec.imagePullSecrets.exists(s, has(s.name) && s.name == '${pullSecret}'))`,
    },
  ]
}

/** Behind the pull secrets that the pod or its service account has: those were chosen for it. */
export function pullPatch(): string {
  return `(variables.wanted && !has(object.spec.imagePullSecrets)
  ? [JSONPatch{op: 'add', path: '/spec/imagePullSecrets', value: []}] : [])
+ (variables.wanted
  ? [JSONPatch{op: 'add', path: '/spec/imagePullSecrets/-', value: Object.spec.imagePullSecrets{name: '${pullSecret}'}}]
  : [])`
}
