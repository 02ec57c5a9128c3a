import * as v from 'valibot'
import { addonsSchema, clusterSchema, namespaceSchema, toolsSchema } from './schema-cluster.ts'
import { awsSchema, dnsSchema, remoteContextSchema, teamSchema } from './schema-remote.ts'
import * as is from './values.ts'

/** Every list of the file form is replaced as a whole by a profile that extends; maps merge. */
const sections = {
  cluster: v.exactOptional(is.described(clusterSchema, 'the local cluster')),
  tools: v.exactOptional(is.described(toolsSchema, 'minikube and kubectl: versions, mirrors, checksums')),
  addons: v.exactOptional(
    is.described(addonsSchema, 'add-ons by name: true, false, or { enabled, options }'),
  ),
  namespaces: v.exactOptional(is.described(v.array(namespaceSchema), 'namespaces that must be there')),
  manifests: v.exactOptional(
    is.described(v.array(is.path('a manifest or a folder of them')), 'manifests to apply, in this order'),
  ),
  context: v.exactOptional(
    is.described(
      v.strictObject({
        name: v.exactOptional(is.contextName),
        namespace: v.exactOptional(is.label('a namespace')),
        makeCurrent: v.exactOptional(
          is.described(
            v.picklist(['if-none', 'always', 'never']),
            'whether up makes the context the current one',
          ),
        ),
      }),
      "the local cluster's context: { name, namespace, makeCurrent }",
    ),
  ),
  contexts: v.exactOptional(
    is.described(v.array(remoteContextSchema), "contexts of the team's remote clusters"),
  ),
  aws: v.exactOptional(is.removable(is.described(awsSchema, 'AWS: profile, accounts, images, roles'))),
  dns: v.exactOptional(is.removable(is.described(dnsSchema, 'names of the ingress hosts: { domain, mode }'))),
  team: v.exactOptional(
    is.removable(is.described(teamSchema, 'whom to ask: { name, contact, access, links }')),
  ),
}

/** A profile as it is written in a file. Nothing is filled in and nothing converted: see resolve.ts. */
export const profileSchema = v.strictObject({
  apiVersion: is.described(v.literal('devk8s.dev/v1'), 'devk8s.dev/v1'),
  kind: is.described(v.literal('Profile'), 'Profile'),
  metadata: is.described(
    v.strictObject({
      name: is.label('the name of the profile'),
      description: v.exactOptional(is.filled('what the profile is for, in one line')),
    }),
    'the name of the profile, and what it is for',
  ),
  extends: v.exactOptional(is.filled('a bundled profile by name, or a path relative to this file')),
  ...sections,
})

/** What a layer over a profile may say (a person's overrides, variables, flags): the sections alone. */
export const layerSchema = v.strictObject(sections)

/** A person's own file: the same sections, of which few keys are allowed (overrides.ts). */
export const overridesSchema = v.strictObject({
  apiVersion: v.exactOptional(is.described(v.literal('devk8s.dev/v1'), 'devk8s.dev/v1')),
  kind: v.exactOptional(is.described(v.literal('Overrides'), 'Overrides')),
  ...sections,
})

export type FileLayer = v.InferOutput<typeof layerSchema>
