import type { IdentityPod } from './identity-corpus.ts'

/** A pod, and the variables and the token that one of its containers ends up with. */
export interface LanePod extends IdentityPod {
  readonly container?: string
  readonly env: Readonly<Record<string, string>>
  /** The volume that is mounted. */
  readonly token?: string
}

const region = { AWS_DEFAULT_REGION: 'eu-central-1', AWS_REGION: 'eu-central-1' }
const always = { AWS_STS_REGIONAL_ENDPOINTS: 'regional', ...region }
const a = {
  env: {
    ...always,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23:8170/v1/credentials',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE:
      '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token',
  },
  token: 'eks-pod-identity-token',
}
const r = { env: { ...always, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/devk8s' } }
const s = (role: string) => ({
  env: {
    ...always,
    AWS_ROLE_ARN: `arn:aws:iam::111122223333:role/${role}`,
    AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token',
    AWS_ENDPOINT_URL_STS: 'http://169.254.170.23:8170/sts',
  },
  token: 'aws-iam-token',
})
const nothing = { env: {} }

const label = (value: string) => ({ labels: { 'devk8s.dev/aws': value } })
const role = (name: string) => ({ annotations: { 'iam.amazonaws.com/role': name } })
const app = { name: 'app', image: 'nginx' }
const of = (serviceAccountName: string, image = 'nginx') => ({
  spec: { serviceAccountName, containers: [{ name: 'app', image }] },
})
const old = 'amazon/aws-cli:2.9.0'

/** Which pod gets which lane. */
export const lanePods: readonly LanePod[] = [
  { name: 'account', ...of('api'), ...a },
  { name: 'account-of-kops', ...of('of-kops'), ...a },
  { name: 'nothing-asks', ...of('other'), ...nothing },
  { name: 'label-on', ...of('other'), ...label('on'), ...a },
  { name: 'label-of-another-value', ...of('other'), ...label('true'), ...nothing },
  { name: 'label-of-another-value-account', ...of('api'), ...label('true'), ...a },
  { name: 'label-off', ...of('api'), ...label('off'), ...nothing },
  { name: 'label-imds', ...of('api'), ...label('imds'), ...nothing },
  { name: 'label-relative', ...of('api'), ...label('relative'), ...r },
  { name: 'label-relative-alone', ...of('other'), ...label('relative'), ...r },
  { name: 'label-sts', ...of('api'), ...label('sts'), ...s('api') },
  { name: 'label-sts-of-kops', ...of('of-kops'), ...label('sts'), ...s('kops') },
  { name: 'label-sts-without-role', ...of('other'), ...label('sts'), ...nothing },
  {
    name: 'label-sts-role-on-the-pod',
    ...of('api'),
    ...label('sts'),
    ...role(' arn:aws:iam::111122223333:role/pod'),
    ...s('pod'),
  },
  { name: 'role-on-the-pod', ...of('other'), ...role('reader'), ...nothing },
  { name: 'role-on-the-pod-account', ...of('api'), ...role('reader'), ...nothing },
  { name: 'role-on-the-pod-label-on', ...of('api'), ...role('reader'), ...label('on'), ...nothing },
  { name: 'role-on-the-pod-label-relative', ...of('api'), ...role('reader'), ...label('relative'), ...r },
  { name: 'role-of-spaces', ...of('api'), ...role(' \n'), ...a },
  {
    name: 'eks-skip-label',
    ...of('api'),
    labels: { 'eks.amazonaws.com/skip-pod-identity-webhook': '' },
    ...nothing,
  },
  { name: 'old-image', ...of('api', old), ...r },
  { name: 'old-image-of-public-ecr', ...of('api', 'public.ecr.aws/aws-cli/aws-cli:2.14.6'), ...r },
  { name: 'old-image-by-digest-too', ...of('api', `docker.io/${old}@sha256:${'0'.repeat(64)}`), ...r },
  { name: 'new-image', ...of('api', 'amazon/aws-cli:2.15.0'), ...a },
  { name: 'image-without-version', ...of('api', 'amazon/aws-cli:latest'), ...a },
  { name: 'old-image-label-on', ...of('other', old), ...label('on'), ...r },
  { name: 'old-image-nothing-asks', ...of('other', old), ...nothing },
  {
    name: 'old-image-first-of-all',
    spec: { serviceAccountName: 'api', containers: [app], initContainers: [{ name: 'first', image: old }] },
    ...r,
  },
  {
    name: 'old-image-skipped',
    annotations: { 'eks.amazonaws.com/skip-containers': 'old' },
    spec: { serviceAccountName: 'api', containers: [app, { name: 'old', image: old }] },
    ...a,
  },
  {
    name: 'more-than-are-served',
    spec: {
      serviceAccountName: 'api',
      containers: Array.from({ length: 33 }, (_, at) => ({ name: `c${at}`, image: 'nginx' })),
    },
    container: 'c32',
    ...nothing,
  },
  {
    name: 'last-that-is-served',
    spec: {
      serviceAccountName: 'api',
      containers: Array.from({ length: 33 }, (_, at) => ({ name: `c${at}`, image: 'nginx' })),
    },
    container: 'c31',
    ...a,
  },
]
