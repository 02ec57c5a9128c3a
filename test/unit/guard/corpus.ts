import { createHash } from 'node:crypto'
import type { SecretKind } from '../../../src/guard/finding.ts'

/**
 * Secrets that are none, made while the tests run: the repository holds no line that a scanner would stop at.
 * Deterministic, so that a miss can be looked at again.
 */
export interface Planted {
  readonly name: string
  readonly file: string
  readonly text: string
  /** Each of them must be found. */
  readonly kinds: readonly SecretKind[]
}

/** `length` characters of an alphabet, the same ones for the same seed. */
function drawn(seed: string, alphabet: string, length: number): string {
  let text = ''
  for (let round = 0; text.length < length; round += 1) {
    for (const byte of createHash('sha512').update(`${seed} ${round}`).digest()) {
      const char = alphabet[byte % alphabet.length] ?? ''
      if (text.length < length) text += char
    }
  }
  return text
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const base64Chars = `${letters}+/`
export const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')

const jwtStart = 'eyJ2'
const todaysPrefix = 'IQoJb3JpZ2lu'

/** An access key id, a secret key and a session token of their own for each seed. */
export function keysOf(seed: string, family = 'AKIA') {
  return {
    id: family + drawn(`id ${seed}`, base32, 16),
    secret: drawn(`secret ${seed}`, base64Chars, 40),
    token: `${todaysPrefix}X2Vj${drawn(`token ${seed}`, base64Chars, 700)}`,
  }
}

export const ecrAuth = (seed: string): string =>
  base64(`AWS:${base64(`{"payload":"${drawn(seed, base64Chars, 1200)}"}`)}`)

const pem = (kind: string, seed: string): string => {
  const body = `MI${drawn(seed, base64Chars, 1200)}`.match(/.{1,64}/g) ?? []
  const dashes = '-'.repeat(5)
  return `${dashes}BEGIN ${kind}${dashes}\n${body.join('\n')}\n${dashes}END ${kind}${dashes}\n`
}
export const privateKey = (seed: string): string => pem('RSA PRIVATE KEY', seed)

const id: readonly SecretKind[] = ['aws-access-key-id']
const pair: readonly SecretKind[] = ['aws-access-key-id', 'aws-secret-access-key']
const triple: readonly SecretKind[] = [...pair, 'aws-session-token']
const secretOnly: readonly SecretKind[] = ['aws-secret-access-key']
const tokenOnly: readonly SecretKind[] = ['aws-session-token']
const ecr: readonly SecretKind[] = ['ecr-login']

/** Every form in which keys were found in repositories of teams, and some that hide. */
export function planted(): readonly Planted[] {
  const all: Planted[] = []
  const plant = (
    name: string,
    file: string,
    kinds: readonly SecretKind[],
    write: (keys: ReturnType<typeof keysOf>) => string,
    family = 'AKIA',
  ) => all.push({ name, file, kinds, text: write(keysOf(name, family)) })

  // Ids alone.
  for (const family of ['AKIA', 'ASIA', 'ABIA', 'ACCA']) {
    plant(`${family} in a comment`, 'main.go', id, (k) => `// used by ${k.id} until May\n`, family)
  }
  plant('id in an escaped line', 'a.json', id, (k) => `{"log": "started\\n${k.id} signed in"}`)
  plant(
    'id in a presigned address',
    'README.md',
    id,
    (k) => `https://b.s3.amazonaws.com/o?X-Amz-Credential=${k.id}%2F20260101%2Feu-west-1%2Fs3%2Faws4_request`,
  )
  plant('id behind an escaped sign', 'url.txt', id, (k) => `https://login.acme.dev/?next=key%3D${k.id}`)
  plant('id in XML', 'settings.xml', id, (k) => `<accessKey>${k.id}</accessKey>`)

  // Files of the AWS CLI and what is like them.
  plant(
    'credentials file',
    '.aws/credentials',
    pair,
    (k) => `[default]\naws_access_key_id = ${k.id}\naws_secret_access_key = ${k.secret}\n`,
  )
  plant(
    'credentials file of a session',
    'credentials',
    triple,
    (k) =>
      `[dev]\naws_access_key_id=${k.id}\naws_secret_access_key=${k.secret}\naws_session_token=${k.token}\n`,
    'ASIA',
  )
  plant(
    'CSV of the console',
    'new_user_credentials.csv',
    pair,
    (k) => `Access key ID,Secret access key\n${k.id},${k.secret}\n`,
  )
  plant(
    'answer of sts',
    'session.json',
    triple,
    (k) =>
      JSON.stringify(
        { Credentials: { AccessKeyId: k.id, SecretAccessKey: k.secret, SessionToken: k.token } },
        null,
        2,
      ),
    'ASIA',
  )
  plant('answer of iam', 'key.json', pair, (k) =>
    JSON.stringify({
      AccessKey: { UserName: 'ci', AccessKeyId: k.id, Status: 'Active', SecretAccessKey: k.secret },
    }),
  )
  plant(
    'cache of the CLI',
    'cache.json',
    triple,
    (k) =>
      JSON.stringify({
        ProviderType: 'sso',
        Credentials: { AccessKeyId: k.id, SecretAccessKey: k.secret, SessionToken: k.token },
      }),
    'ASIA',
  )

  // Environment.
  plant('.env', '.env', pair, (k) => `AWS_ACCESS_KEY_ID=${k.id}\nAWS_SECRET_ACCESS_KEY=${k.secret}\n`)
  plant(
    '.env with quotes',
    '.env.local',
    pair,
    (k) => `AWS_ACCESS_KEY_ID="${k.id}"\nAWS_SECRET_ACCESS_KEY="${k.secret}"\n`,
  )
  plant(
    'exports',
    'setup.sh',
    triple,
    (k) =>
      `export AWS_ACCESS_KEY_ID=${k.id}\nexport AWS_SECRET_ACCESS_KEY='${k.secret}'\nexport AWS_SESSION_TOKEN=${k.token}\n`,
    'ASIA',
  )
  plant('secret alone', '.envrc', secretOnly, (k) => `export AWS_SECRET_ACCESS_KEY=${k.secret}\n`)
  plant('secret with a suffix', '.env', secretOnly, (k) => `AWS_SECRET_ACCESS_KEY_PROD=${k.secret}\n`)
  plant('default of a shell', 'run.sh', secretOnly, (k) => `: "\${AWS_SECRET_ACCESS_KEY:=${k.secret}}"\n`)
  plant(
    'PowerShell',
    'run.ps1',
    pair,
    (k) => `$env:AWS_ACCESS_KEY_ID = "${k.id}"\n$env:AWS_SECRET_ACCESS_KEY = "${k.secret}"\n`,
  )
  plant('fish', 'config.fish', secretOnly, (k) => `set -gx AWS_SECRET_ACCESS_KEY ${k.secret}\n`)
  plant(
    'aws configure set',
    'ci.sh',
    secretOnly,
    (k) => `aws configure set aws_secret_access_key ${k.secret} --profile ci\n`,
  )
  plant('Makefile', 'Makefile', secretOnly, (k) => `AWS_SECRET_ACCESS_KEY ?= ${k.secret}\n`)
  plant('token alone', '.env', tokenOnly, (k) => `AWS_SESSION_TOKEN=${k.token}\n`)
  plant(
    'Windows line ends',
    'win.env',
    pair,
    (k) => `AWS_ACCESS_KEY_ID=${k.id}\r\nAWS_SECRET_ACCESS_KEY=${k.secret}\r\n`,
  )

  // Session tokens by what they begin with.
  for (const prefix of [
    'IQoJ|b3JpZ2luX2Vj',
    'FwoG|ZXIvYXdz',
    'FQoG|ZXIvYXdz',
    'FQoD|YXdz',
    'AQoD|YXdz',
    'AQoE|YXdz',
  ]) {
    plant(
      `token ${prefix.slice(0, 4)}`,
      'notes.txt',
      tokenOnly,
      (k) => `use ${prefix.replace('|', '')}${k.token.slice(16)} for today\n`,
    )
  }
  plant(
    'token in an address',
    'link.txt',
    tokenOnly,
    (k) =>
      `https://b.s3.amazonaws.com/o?X-Amz-Security-Token=${encodeURIComponent(k.token)}&X-Amz-Date=20260101T000000Z`,
  )

  // Code.
  plant(
    'TypeScript',
    'client.ts',
    pair,
    (k) => `new S3Client({ credentials: { accessKeyId: '${k.id}', secretAccessKey: '${k.secret}' } })\n`,
  )
  plant(
    'TypeScript with a fallback',
    'client.ts',
    secretOnly,
    (k) => `const secretAccessKey = process.env.AWS_SECRET_ACCESS_KEY ?? '${k.secret}'\n`,
  )
  plant('Java by place', 'Client.java', pair, (k) => `new BasicAWSCredentials("${k.id}", "${k.secret}");\n`)
  plant(
    'Java session by place',
    'Client.java',
    triple,
    (k) => `AwsSessionCredentials.create(\n    "${k.id}",\n    "${k.secret}",\n    "${k.token}");\n`,
    'ASIA',
  )
  plant(
    'Go by place',
    'main.go',
    pair,
    (k) => `credentials.NewStaticCredentialsProvider("${k.id}", "${k.secret}", "")\n`,
  )
  plant(
    'Python',
    'app.py',
    pair,
    (k) => `boto3.client("s3", aws_access_key_id="${k.id}", aws_secret_access_key="${k.secret}")\n`,
  )
  plant('Ruby', 'aws.rb', pair, (k) => `Aws::Credentials.new('${k.id}', '${k.secret}')\n`)
  plant('Ruby hash', 'aws.rb', secretOnly, (k) => `{ :secret_access_key => '${k.secret}' }\n`)
  plant('PHP', 'config.php', secretOnly, (k) => `'secret_key' => '${k.secret}',\n`)
  plant(
    'getenv with a default',
    'app.py',
    secretOnly,
    (k) => `os.getenv("AWS_SECRET_ACCESS_KEY", "${k.secret}")\n`,
  )
  plant(
    'argument of a JVM',
    'run.sh',
    secretOnly,
    (k) => `java -Daws.secretAccessKey=${k.secret} -jar app.jar\n`,
  )
  plant('flag of a program', 'run.sh', secretOnly, (k) => `s3cmd --secret_key=${k.secret} ls\n`)
  plant(
    'address of Airflow',
    'airflow.cfg',
    pair,
    (k) => `conn = aws://${k.id}:${encodeURIComponent(k.secret)}@/?region_name=eu-west-1\n`,
  )

  // Configuration.
  plant(
    'Terraform provider',
    'main.tf',
    pair,
    (k) =>
      `provider "aws" {\n  region     = "eu-west-1"\n  access_key = "${k.id}"\n  secret_key = "${k.secret}"\n}\n`,
  )
  plant(
    'Terraform variable',
    'vars.tf',
    secretOnly,
    (k) => `variable "aws_secret_key" {\n  type    = string\n  default = "${k.secret}"\n}\n`,
  )
  plant('tfvars', 'prod.tfvars', secretOnly, (k) => `aws_secret_access_key = "${k.secret}"\n`)
  plant(
    'Java properties',
    'application.properties',
    pair,
    (k) => `aws.accessKeyId=${k.id}\naws.secretKey=${k.secret}\n`,
  )
  plant(
    'Spring YAML',
    'application.yml',
    pair,
    (k) => `cloud:\n  aws:\n    credentials:\n      access-key: ${k.id}\n      secret-key: ${k.secret}\n`,
  )
  plant('INI', 'settings.ini', pair, (k) => `[s3]\naccess_key = ${k.id}\nsecret_key = ${k.secret}\n`)
  plant('TOML', 'config.toml', secretOnly, (k) => `aws_secret_access_key = "${k.secret}"\n`)
  plant('JSON', 'config.json', pair, (k) => `{"accessKeyId":"${k.id}","secretAccessKey":"${k.secret}"}`)
  plant('XML', 'config.xml', secretOnly, (k) => `<secretKey>${k.secret}</secretKey>\n`)
  plant(
    'workflow of CI',
    '.github/workflows/ci.yml',
    pair,
    (k) => `env:\n  AWS_ACCESS_KEY_ID: ${k.id}\n  AWS_SECRET_ACCESS_KEY: ${k.secret}\n`,
  )

  // Docker.
  plant(
    'Dockerfile ENV',
    'Dockerfile',
    pair,
    (k) => `FROM node:20\nENV AWS_ACCESS_KEY_ID=${k.id} AWS_SECRET_ACCESS_KEY=${k.secret}\n`,
  )
  plant(
    'Dockerfile ENV with a space',
    'Dockerfile',
    pair,
    (k) => `ENV AWS_ACCESS_KEY_ID ${k.id}\nENV AWS_SECRET_ACCESS_KEY ${k.secret}\n`,
  )
  plant('Dockerfile ARG', 'Dockerfile', secretOnly, (k) => `ARG AWS_SECRET_ACCESS_KEY=${k.secret}\n`)
  plant('Dockerfile ARG of a token', 'Dockerfile', tokenOnly, (k) => `ARG AWS_SESSION_TOKEN=${k.token}\n`)
  plant(
    'compose list',
    'compose.yaml',
    pair,
    (k) =>
      `services:\n  api:\n    environment:\n      - AWS_ACCESS_KEY_ID=${k.id}\n      - AWS_SECRET_ACCESS_KEY=${k.secret}\n`,
  )
  plant(
    'compose map',
    'docker-compose.yml',
    pair,
    (k) =>
      `services:\n  api:\n    environment:\n      AWS_ACCESS_KEY_ID: ${k.id}\n      AWS_SECRET_ACCESS_KEY: "${k.secret}"\n`,
  )
  plant('docker config for ECR', '.docker/config.json', ecr, () =>
    JSON.stringify({ auths: { '123456789012.dkr.ecr.eu-west-1.amazonaws.com': { auth: ecrAuth('a') } } }),
  )
  plant(
    'docker login in a script',
    'deploy.sh',
    ecr,
    () =>
      `docker login -u AWS -p ${base64(`{"payload":"${drawn('p', base64Chars, 900)}"}`)} 123456789012.dkr.ecr.eu-west-1.amazonaws.com\n`,
  )

  // Kubernetes.
  plant(
    'env of a pod',
    'deploy.yaml',
    pair,
    (k) =>
      `      containers:\n        - name: api\n          env:\n            - name: AWS_ACCESS_KEY_ID\n              value: ${k.id}\n            - name: AWS_SECRET_ACCESS_KEY\n              value: "${k.secret}"\n`,
  )
  plant('env of a pod in JSON', 'deploy.json', pair, (k) =>
    JSON.stringify(
      {
        env: [
          { name: 'AWS_ACCESS_KEY_ID', value: k.id },
          { name: 'AWS_SECRET_ACCESS_KEY', value: k.secret },
        ],
      },
      null,
      2,
    ),
  )
  plant(
    'env of a pod in one line',
    'pod.yaml',
    secretOnly,
    (k) => `env: [{name: AWS_SECRET_ACCESS_KEY, value: ${k.secret}}]\n`,
  )
  const behind = (comment: string) => (k: ReturnType<typeof keysOf>) =>
    `env:\n  - name: AWS_SECRET_ACCESS_KEY${comment}\n    value: ${k.secret}\n`
  plant(
    'a comment between name and value',
    'pod.yaml',
    secretOnly,
    behind('\n    # from the vault of the team'),
  )
  plant(
    'a comment behind the name',
    'pod.yaml',
    secretOnly,
    behind(' # until May, see https://wiki.acme.dev/x'),
  )
  plant(
    'a page of comments between name and value',
    'pod.yaml',
    secretOnly,
    behind('\n              # it was once kept elsewhere'.repeat(20)),
  )
  plant('a pod that is commented out', 'pod.yaml', secretOnly, (k) => behind('')(k).replaceAll(/^/gm, '# '))
  plant('a comment between token and value', 'pod.yaml', tokenOnly, (k) => {
    return `env:\n  - name: AWS_SESSION_TOKEN\n    # of a session\n    value: ${k.token.slice(12)}\n`
  })
  plant('a comment in JSON with comments', 'a.jsonc', secretOnly, (k) => {
    return `{"secretAccessKey": // of the build\n  /* rotated */ "${k.secret}"}\n`
  })
  plant(
    'env of a pod, the value first',
    'pod.yaml',
    secretOnly,
    (k) => `          env:\n            - value: "${k.secret}"\n              name: AWS_SECRET_ACCESS_KEY\n`,
  )
  plant('env of a pod in JSON, the value first', 'pod.json', secretOnly, (k) =>
    JSON.stringify({ env: [{ value: k.secret, name: 'AWS_SECRET_ACCESS_KEY' }] }),
  )
  plant('token in env of a pod, the value first', 'pod.yaml', tokenOnly, (k) => {
    const unknown = k.token.slice(12)
    return `env:\n  - value: ${unknown}\n    name: AWS_SESSION_TOKEN\n`
  })
  plant(
    'data of a Secret',
    'secret.yaml',
    pair,
    (k) =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: aws}\ndata:\n  AWS_ACCESS_KEY_ID: ${base64(k.id)}\n  AWS_SECRET_ACCESS_KEY: ${base64(k.secret)}\n`,
  )
  plant(
    'data of a Secret with line ends within',
    'secret.yaml',
    pair,
    (k) =>
      `kind: Secret\ndata:\n  AWS_ACCESS_KEY_ID: ${base64(`${k.id}\n`)}\n  AWS_SECRET_ACCESS_KEY: ${base64(`${k.secret}\n`)}\n`,
  )
  plant(
    'token in data of a Secret',
    'secret.yaml',
    tokenOnly,
    (k) => `kind: Secret\ndata:\n  t: ${base64(k.token)}\n`,
  )
  plant(
    'credentials file in data of a Secret',
    'secret.yaml',
    pair,
    (k) =>
      `kind: Secret\ndata:\n  credentials: ${base64(`[default]\naws_access_key_id = ${k.id}\naws_secret_access_key = ${k.secret}\n`)}\n`,
  )
  plant(
    'the same, wrapped',
    'secret.yaml',
    pair,
    (k) =>
      `kind: Secret\ndata:\n  credentials: |\n${base64(`[default]\naws_access_key_id = ${k.id}\naws_secret_access_key = ${k.secret}\n`).replaceAll(/.{1,76}/g, '    $&\n')}`,
  )
  plant(
    'stringData',
    'secret.yaml',
    pair,
    (k) => `kind: Secret\nstringData:\n  AWS_ACCESS_KEY_ID: ${k.id}\n  AWS_SECRET_ACCESS_KEY: ${k.secret}\n`,
  )
  plant(
    'pull secret',
    'pull.yaml',
    ecr,
    () =>
      `kind: Secret\ntype: kubernetes.io/dockerconfigjson\ndata:\n  .dockerconfigjson: ${base64(JSON.stringify({ auths: { '123456789012.dkr.ecr.eu-west-1.amazonaws.com': { auth: ecrAuth('b') } } }))}\n`,
  )
  plant(
    'Helm values',
    'values.yaml',
    pair,
    (k) => `aws:\n  accessKeyId: ${k.id}\n  secretAccessKey: ${k.secret}\n`,
  )
  plant(
    'Helm values in base64',
    'values.yaml',
    pair,
    (k) => `awsCredentials: ${base64(`AWS_ACCESS_KEY_ID=${k.id}\nAWS_SECRET_ACCESS_KEY=${k.secret}\n`)}\n`,
  )
  plant(
    'Helm values in base64 twice',
    'values.yaml',
    id,
    (k) => `extra: ${base64(base64(`key: ${k.id} of the old account`))}\n`,
  )
  plant(
    'kustomize literals',
    'kustomization.yaml',
    pair,
    (k) =>
      `secretGenerator:\n  - name: aws\n    literals:\n      - AWS_ACCESS_KEY_ID=${k.id}\n      - AWS_SECRET_ACCESS_KEY=${k.secret}\n`,
  )
  plant(
    'key in data of a Secret',
    'tls.yaml',
    ['private-key'],
    () => `kind: Secret\ntype: kubernetes.io/tls\ndata:\n  tls.key: ${base64(privateKey('tls'))}\n`,
  )
  plant(
    'kubeconfig with a key',
    'kubeconfig',
    ['kubeconfig-credential'],
    () =>
      `apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    client-key-data: ${base64(privateKey('kc'))}\n`,
  )
  plant(
    'kubeconfig with a token',
    'config.yaml',
    ['kubeconfig-credential'],
    () =>
      `apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: admin\n  user:\n    token: ${drawn('kt', letters, 40)}\n`,
  )
  plant(
    'kubeconfig with a password',
    'config.yaml',
    ['kubeconfig-credential'],
    () =>
      `kind: Config\nusers:\n- name: admin\n  user:\n    username: admin\n    password: ${drawn('kp', letters, 24)}\n`,
  )
  plant(
    'token of EKS',
    'notes.md',
    ['eks-token'],
    () => `curl -H "Authorization: Bearer k8s-aws-v1.${drawn('eks', letters, 900)}"\n`,
  )
  plant(
    'token of a service account',
    'sa.txt',
    ['kubernetes-token'],
    () =>
      `${base64('{"alg":"RS256","kid":"x"}').replaceAll('=', '')}.${base64('{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"shop"}').replaceAll('=', '')}.${drawn('sig', letters, 340)}\n`,
  )

  // What the engine knows by itself.
  plant('private key', 'id_rsa', ['private-key'], () => privateKey('plain'))
  plant(
    '.npmrc',
    '.npmrc',
    ['npm-token'],
    () => `//registry.npmjs.org/:_authToken=npm_${drawn('npm', letters, 36)}\n`,
  )
  plant(
    '.npmrc of CodeArtifact',
    '.npmrc',
    ['npm-token'],
    () =>
      `//acme-1.d.codeartifact.eu-west-1.amazonaws.com/npm/n/:_authToken=${jwtStart}${drawn('ca', letters, 200)}\n`,
  )
  plant('token of GitHub', 'ci.yml', ['github-token'], () => `token: ghp_${drawn('gh', letters, 36)}\n`)
  plant(
    'token of GitHub in base64',
    'secret.yaml',
    ['github-token'],
    () => `kind: Secret\ndata:\n  token: ${base64(`ghp_${drawn('gh2', letters, 36)}`)}\n`,
  )
  plant(
    'token of Slack',
    'bot.ts',
    ['service-token'],
    () =>
      `const token = 'xoxb-${drawn('s', '0123456789', 12)}-${drawn('s2', '0123456789', 12)}-${drawn('s3', letters, 24)}'\n`,
  )
  plant(
    'database',
    'app.yaml',
    ['login-in-address'],
    () => `url: postgres://billing:${drawn('pg', letters, 20)}@db1.acme.cloud:5432/billing\n`,
  )
  plant('key of Google', 'key.json', ['gcp-key'], () =>
    JSON.stringify({
      type: 'service_account',
      private_key_id: drawn('g', '0123456789abcdef', 40),
      private_key: privateKey('gcp'),
    }),
  )
  return all
}

const hex = (seed: string, length: number): string => drawn(seed, '0123456789abcdef', length)
const family = (rest: string): string => `AKIA${rest}`

/** What looks like a secret and is none; nothing in it may be found. */
export function innocent(): readonly {
  readonly name: string
  readonly file: string
  readonly text: string
}[] {
  const image = Buffer.from(drawn('png', base64Chars, 900), 'base64').toString('base64')
  const certificate = pem('CERTIFICATE', 'cert')
  const example = family('IOSFODNN7EXAMPLE')
  const exampleSecret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  const texts: Readonly<Record<string, readonly [string, string]>> = {
    'documentation id': ['README.md', example],
    'documentation id of a session': ['README.md', 'ASIAIOSFODNN7EXAMPLE'],
    'documentation id of IAM': ['README.md', 'AKIAI44QH8DHBEXAMPLE'],
    'documentation pair': [
      'README.md',
      `aws_access_key_id = ${example}\naws_secret_access_key = ${exampleSecret}\n`,
    ],
    'documentation pair in code': [
      'a.ts',
      `{ accessKeyId: '${example}', secretAccessKey: '${exampleSecret}' }`,
    ],
    'second documentation secret': ['a.sh', 'AWS_SECRET_ACCESS_KEY=je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY'],
    'documentation token': [
      'a.json',
      `{"SessionToken": "AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT+FvwqnKwRcOIfrRh3c/LTo6UDdyJwOOvEVPvLXCrrrUtdnniCEXAMPLE/IvU1dYUg2RVAJBanLiHb4IgRmpRV3zrkuWJOgQs8IZZaIv2BXIa2R4OlgkBN9bkUDNCJiBeb/AXlzBBko7b15fjrBs2+cTQtpZ3CYWFXG8C5zqx37wnOE49mRl/+OtkIKGO7fAE"}`,
    ],
    'documentation token by prefix': [
      'a.sh',
      `export AWS_SESSION_TOKEN=AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==`,
    ],
    'documentation keys in base64': [
      'secret.yaml',
      `kind: Secret\ndata:\n  AWS_ACCESS_KEY_ID: ${base64(example)}\n  AWS_SECRET_ACCESS_KEY: ${base64(exampleSecret)}\n`,
    ],
    'documentation CSV': ['a.csv', `${example},${exampleSecret}\n`],
    'shortened token': ['README.md', 'AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEDkaCXVz...'],
    'X for an id': ['README.md', `AWS_ACCESS_KEY_ID=${family('X'.repeat(16))}`],
    'alphabet for an id': ['README.md', family('ABCDEFGHIJKLMNOP')],
    'impossible alphabet': ['a.txt', family('1890189018901890')],
    'id of a user': ['a.json', `AIDA${drawn('u', base32, 16)}`],
    'id of a role': ['a.json', `AROA${drawn('r', base32, 16)}:session`],
    'longer word': ['a.txt', `X${family(drawn('w', base32, 16))}`],
    continent: ['a.ts', "const region = 'ASIA'\nconst southEast = 'ASIAPACIFICSOUTHEAST1'"],
    variable: ['a.tf', 'secret_key = var.aws_secret_access_key_of_the_account'],
    environment: ['a.ts', 'secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY'],
    template: ['a.yaml', 'AWS_SECRET_ACCESS_KEY: {{ .Values.aws.secretAccessKey | b64enc | quote }}'],
    'secret of CI': ['ci.yml', 'AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY_PRODUCTION }}'],
    reference: [
      'a.yaml',
      '- name: AWS_SECRET_ACCESS_KEY\n  valueFrom:\n    secretKeyRef: {name: aws-credentials, key: AWS_SECRET_ACCESS_KEY}\n',
    ],
    'hash behind a comment of its own': [
      'a.yaml',
      `secretKeyRef: # the key\n  name: x\nsum: ${hex('sum', 40)}\n`,
    ],
    'value of the entry before a reference': [
      'a.yaml',
      `- name: BUILD\n  value: ${drawn('build', base64Chars, 40)}\n- name: AWS_SECRET_ACCESS_KEY\n  valueFrom: {}\n`,
    ],
    words: ['.env.sample', 'AWS_SECRET_ACCESS_KEY=ReplaceThisWithYourOwnSecretAccessKeyOk'],
    'local stand-in': ['.env', 'AWS_ACCESS_KEY_ID=test\nAWS_SECRET_ACCESS_KEY=test\n'],
    'SHA-1': ['a.txt', `commit ${hex('c', 40)}`],
    'SHA-1 beside a name': ['a.yaml', `secret_key: ${hex('d', 40)}`],
    'SHA-256': ['a.lock', `sha256:${hex('e', 64)}`],
    'digest of an image': [
      'a.yaml',
      `image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:${hex('f', 64)}`,
    ],
    UUID: ['a.txt', '6f1c9f0e-8f1d-4a57-9d35-0b6a7f1f7c11'],
    integrity: ['package-lock.json', `"integrity": "sha512-${drawn('i', base64Chars, 86)}=="`],
    'integrity of SHA-1': ['yarn.lock', `integrity sha1-${drawn('i1', base64Chars, 27)}=`],
    'go.sum': ['go.sum', `golang.org/x/text v0.3.7 h1:${drawn('go', base64Chars, 43)}=`],
    'image in an address': ['a.css', `background: url(data:image/png;base64,${image})`],
    certificate: ['ca.pem', certificate],
    'certificate in base64': ['config', `certificate-authority-data: ${base64(certificate)}`],
    'public key': ['key.pub', `ssh-rsa ${drawn('ssh', base64Chars, 372)} me@laptop`],
    'public key of PEM': ['key.pem', pem('PUBLIC KEY', 'pub')],
    'path of 40 characters': ['a.ts', "import 'packages/Server/src/handlers/v2/Orders12'"],
    ARN: ['a.yaml', 'arn:aws:iam::123456789012:role/service-role/OrdersApiProductionRole2024'],
    bucket: ['a.yaml', 'artifacts-bucket-Production-EuWest1-1a2b3c4d'],
    'JWT of another maker': [
      'a.ts',
      `'${base64('{"alg":"HS256","typ":"JWT"}').replaceAll('=', '')}.${base64('{"role":"anon","iss":"supabase-demo"}').replaceAll('=', '')}.${drawn('jwt', letters, 43)}'`,
    ],
    'kubeconfig by plugin': [
      'config',
      `kind: Config\nusers:\n- name: eks\n  user:\n    exec:\n      command: devk8s\n      args: [token, --cluster, acme]\n`,
    ],
    'kubeconfig without its secrets': [
      'config',
      'kind: Config\nusers:\n- name: a\n  user:\n    client-key-data: DATA+OMITTED\n    token: REDACTED\n',
    ],
    'npm by variable': ['.npmrc', '//registry.npmjs.org/:_authToken=${NPM_TOKEN}'],
    'local database': ['.env', 'DATABASE_URL=postgres://postgres:devpass123@localhost:5432/app'],
    'database of compose': ['compose.yaml', 'DATABASE_URL: postgres://app:devpass123@db:5432/app'],
    'documentation address': ['README.md', 'https://alice:correcthorse@git.example.com/repo.git'],
    'docker config without ECR': [
      'config.json',
      JSON.stringify({ credHelpers: { '123456789012.dkr.ecr.eu-west-1.amazonaws.com': 'ecr-login' } }),
    ],
    'empty key': ['a.pem', `${'-'.repeat(5)}BEGIN PRIVATE KEY${'-'.repeat(5)}\n...\n`],
    'minified code': [
      'a.min.js',
      'function AWSSecretAccessKeyProviderFactoryBuilder(a,b){return a.secretKey=b.secretKey,a}',
    ],
    'long name': ['a.java', 'class AbstractSecretKeySpecificationFactoryBean0Impl {}'],
    'ordinary text in base64': [
      'a.yaml',
      `data:\n  config: ${base64('server:\n  port: 8080\n  host: 0.0.0.0\n  secretKey: none\n')}`,
    ],
  }
  return Object.entries(texts).map(([name, [file, text]]) => ({ name, file, text }))
}
