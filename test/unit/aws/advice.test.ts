import { describe, expect, test } from 'vitest'
import {
  codeNeeded,
  codeRefused,
  environmentExpired,
  notSignedIn,
  problemOfCall,
  problemOfProfile,
  processFailed,
  regionMissing,
  sessionEndless,
  sessionOver,
  signInNeeded,
} from '../../../src/aws/advice.ts'
import { trustStatement } from '../../../src/aws/statements.ts'
import { type AwsCall, type AwsFault, kindOfFault, shownWords } from '../../../src/aws/fault.ts'

const call: AwsCall = {
  action: 'eks:DescribeCluster',
  what: 'the cluster acme-staging',
  profile: 'acme',
  region: 'eu-west-1',
  signIn: 'sso',
}
const assume: AwsCall = {
  ...call,
  action: 'sts:AssumeRole',
  roleArn: 'arn:aws:iam::123456789012:role/team/developer',
}
const answered = (name: string, message: string, status = 400): AwsFault => ({ name, message, status })

describe('a failed call', () => {
  test.each<[string, AwsFault, AwsCall, string, string]>([
    [
      'session over (STS)',
      answered('ExpiredToken', 'The security token is expired', 403),
      call,
      'DK5008',
      'devk8s aws login',
    ],
    [
      'session over (ECR)',
      answered('ExpiredTokenException', 'expired'),
      { ...call, signIn: 'login' },
      'DK5008',
      'devk8s aws login',
    ],
    [
      'session over (environment)',
      answered('ExpiredToken', 'expired'),
      { action: 'a:B', what: 'c', signIn: 'environment' },
      'DK5008',
      'unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN',
    ],
    [
      'key unknown (STS)',
      answered('InvalidClientTokenId', 'invalid', 403),
      { ...call, signIn: 'static' },
      'DK5009',
      'aws configure --profile acme',
    ],
    [
      'key unknown (EKS)',
      answered('UnrecognizedClientException', 'invalid', 400),
      { ...call, signIn: 'process' },
      'DK5009',
      'aws configure list --profile acme',
    ],
    ['key unknown (S3)', answered('InvalidAccessKeyId', 'invalid', 403), call, 'DK5009', 'devk8s aws login'],
    [
      'secret wrong',
      answered('SignatureDoesNotMatch', 'The request signature we calculated does not match', 403),
      { ...call, signIn: 'static' },
      'DK5010',
      'aws configure --profile acme',
    ],
    [
      'clock (STS)',
      answered('SignatureDoesNotMatch', 'Signature expired: 20260101T000000Z is now earlier', 403),
      call,
      'DK5011',
      'date -u',
    ],
    [
      'clock (EKS)',
      answered('InvalidSignatureException', 'Signature not yet current: 2026'),
      call,
      'DK5011',
      'date -u',
    ],
    ['clock (S3)', answered('RequestTimeTooSkewed', 'too large', 403), call, 'DK5011', 'date -u'],
    [
      'denied',
      answered('AccessDeniedException', 'not authorized', 403),
      call,
      'DK5012',
      'aws sts get-caller-identity --profile acme',
    ],
    [
      'denied without a name',
      answered('403', 'UnknownError', 403),
      call,
      'DK5012',
      'aws sts get-caller-identity --profile acme',
    ],
    [
      'role refused',
      answered('AccessDenied', 'not authorized to perform: sts:AssumeRole', 403),
      assume,
      'DK5013',
      'aws iam get-role --role-name developer --profile acme',
    ],
    [
      'throttled',
      answered('ThrottlingException', 'Rate exceeded', 429),
      call,
      'DK5023',
      'aws sts get-caller-identity --profile acme',
    ],
    [
      'a fault of AWS',
      answered('InternalFailure', 'oops', 500),
      call,
      'DK5024',
      'aws sts get-caller-identity --profile acme',
    ],
    [
      'an unknown reason',
      answered('PackedPolicyTooLarge', 'packed', 400),
      call,
      'DK5025',
      'aws sts get-caller-identity --profile acme',
    ],
    [
      'no bucket',
      answered('NoSuchBucket', 'does not exist', 404),
      call,
      'DK5030',
      'aws s3 ls --profile acme',
    ],
    [
      'no network',
      { name: 'Error', message: 'getaddrinfo ENOTFOUND', net: 'not-found' },
      call,
      'DK5020',
      'aws sts get-caller-identity --profile acme',
    ],
    [
      'no answer',
      { name: 'TimeoutError', message: 'no', net: 'timeout' },
      call,
      'DK5021',
      'aws sts get-caller-identity --profile acme',
    ],
    [
      'a foreign certificate',
      { name: 'Error', message: 'self-signed', net: 'tls' },
      call,
      'DK5022',
      'export AWS_CA_BUNDLE=/path/to/company-ca.pem',
    ],
  ])('%s', (_, fault, of, code, next) => {
    const problem = problemOfCall(fault, of)
    expect(problem).toMatchObject({ code })
    expect(problem.next[0]).toBe(next)
    expect(problem.detail.length).toBeGreaterThan(20)
  })

  test('a role that is refused is named, with the name that `aws iam` wants', () => {
    const { detail, next } = problemOfCall(answered('AccessDenied', 'no', 403), assume)
    expect(detail).toBe('The AWS profile acme may not assume arn:aws:iam::123456789012:role/team/developer.')
    expect(next).toContain('aws iam get-role --role-name developer --profile acme')
  })

  test('what is to be pasted is whole, in lines, beside all of AWS’s own words', () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_DeveloperAccess_0123456789abcdef/anna@acme.example is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/team/developer with an explicit deny in a service control policy: arn:aws:organizations::123456789012:policy/o-abcdefghij/service_control_policy/p-abcdefgh'
    const { evidence, paste } = problemOfCall(answered('AccessDenied', message, 403), assume)
    expect(evidence).toEqual([message])
    expect(paste?.into).toBe('the trust policy of arn:aws:iam::123456789012:role/team/developer')
    expect(paste?.text.split('\n').length).toBeGreaterThan(5)
    expect(JSON.parse(paste?.text ?? '')).toMatchObject({ Action: 'sts:AssumeRole' })
    const token = { ...call, action: 'ecr:GetAuthorizationToken', what: 'the registries of eu-west-1' }
    expect(problemOfCall(answered('AccessDeniedException', 'no', 400), token).paste).toEqual({
      into: 'a policy of the AWS profile acme',
      text: JSON.stringify({ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }, null, 2),
    })
  })

  test.each([
    ['no network', { name: 'Error', message: 'x', net: 'refused' as const }],
    ['no answer', { name: 'TimeoutError', message: 'x', net: 'timeout' as const }],
    ['a foreign certificate', { name: 'Error', message: 'x', net: 'tls' as const }],
  ])('what is set on the way is named: %s', (_, fault) => {
    const { detail } = problemOfCall(fault, { ...call, way: 'The way there is the proxy http://p:1.' })
    expect(detail).toMatch(/\. The way there is the proxy http:\/\/p:1\.$/)
  })

  test('S3 says denied of what is missing', () => {
    const s3 = { ...call, action: 's3:GetObject', what: 's3://a/b' }
    expect(problemOfCall(answered('AccessDenied', 'Access Denied', 403), s3).detail).toContain(
      's3:ListBucket',
    )
  })

  test('the profile that signs in is the one to sign in with, whatever role comes after it', () => {
    const { next } = problemOfCall(answered('ExpiredToken', 'expired', 403), {
      ...call,
      signInProfile: 'acme base',
    })
    expect(next).toEqual(['devk8s aws login', "aws sso login --profile 'acme base'"])
  })
})

describe('what the files say', () => {
  const signsIn = { credential_process: 'vault' }
  const profiles = { 'acme-staging': signsIn, 'acme-prod': signsIn, 'sso-session.acme': {} }
  test('a profile that is missing: those that are there, and the nearest', () => {
    const problem = problemOfProfile({ fault: 'missing', profile: 'acme-stagin' }, profiles)
    expect(problem).toMatchObject({ code: 'DK5001' })
    expect(problem.detail).toBe(
      'There is no AWS profile acme-stagin. There are: acme-prod, acme-staging; did you mean acme-staging?',
    )
    expect(problem.next).toContain('aws configure sso --profile acme-stagin')
  })
  test('no profile at all', () => {
    const problem = problemOfProfile({ fault: 'missing', profile: 'x', namedBy: 'y' }, {})
    expect(problem.detail).toBe(
      'There is no AWS profile x, which the profile y has as its source_profile. There are none.',
    )
  })
  test('the others', () => {
    expect(problemOfProfile({ fault: 'unusable', profile: 'x', reason: 'it is odd' }, {})).toMatchObject({
      code: 'DK5002',
      detail: 'The AWS profile x leads to no credentials: it is odd.',
    })
    expect(codeNeeded('x', 'arn:mfa')).toMatchObject({ code: 'DK5006', next: ['devk8s aws login'] })
    expect(codeRefused('arn:mfa', 'invalid')).toMatchObject({ code: 'DK5015', evidence: ['invalid'] })
    expect(sessionEndless({ signIn: 'environment' })).toMatchObject({
      code: 'DK5016',
      detail: 'The environment variables hold the keys of a session, and nothing says when it ends.',
      next: ['devk8s aws login'],
    })
    expect(sessionEndless({ profile: 'x', signIn: 'process', signInProfile: 'y' })).toMatchObject({
      detail: 'The AWS profile x has the keys of a session, and nothing says when it ends.',
      next: ['aws configure list --profile y'],
    })
    expect(sessionOver({ profile: 'x', signIn: 'static' }, 0)).toMatchObject({
      code: 'DK5008',
      detail: 'The session of the AWS profile x ended at 1970-01-01T00:00:00.000Z.',
    })
    expect(notSignedIn(profiles)).toMatchObject({
      code: 'DK5003',
      next: ['devk8s aws login', 'export AWS_PROFILE=acme-prod'],
    })
    expect(notSignedIn({ ...profiles, default: { region: 'x' } }).detail).toBe(
      'No AWS profile is named, and no default signs in. There are: acme-prod, acme-staging. Without a way to sign in: default.',
    )
    expect(notSignedIn({ default: { region: 'x' } })).toMatchObject({
      detail: 'No AWS profile on this machine has a way to sign in: default.',
      next: ['devk8s aws login', 'aws configure sso', 'aws configure'],
    })
    expect(notSignedIn({})).toMatchObject({
      code: 'DK5003',
      next: ['devk8s aws login', 'aws configure sso', 'aws configure'],
    })
    expect(signInNeeded('sso', 'x', 'gone')).toMatchObject({
      code: 'DK5004',
      next: ['devk8s aws login', 'aws sso login --profile x'],
    })
    expect(signInNeeded('login', 'x', 'gone')).toMatchObject({
      code: 'DK5005',
      next: ['devk8s aws login', 'aws login --profile x'],
    })
    expect(processFailed('x', 'vault', 'ended with exit code 1', [])).toMatchObject({ code: 'DK5007' })
    expect(environmentExpired('2026-01-01T00:00:00Z')).toMatchObject({ code: 'DK5008' })
    expect(regionMissing({ action: 'eks:ListClusters', profile: 'x' })).toMatchObject({ code: 'DK5014' })
  })
})

describe('what a policy lacks', () => {
  const refused = (arn: string) => trustStatement(`User: ${arn} is not authorized to perform: sts:AssumeRole`)
  test.each([
    ['arn:aws:iam::123456789012:user/team/anna', { AWS: 'arn:aws:iam::123456789012:user/team/anna' }],
    [
      'arn:aws-cn:sts::123456789012:assumed-role/developer/devk8s-anna',
      { AWS: 'arn:aws-cn:iam::123456789012:role/developer' },
    ],
    [
      'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/anna@acme.example',
      { AWS: 'arn:aws:iam::123456789012:root' },
    ],
  ])('the trust of %s', (arn, principal) => {
    expect(JSON.parse(refused(arn) ?? '{}')).toMatchObject({
      Effect: 'Allow',
      Principal: principal,
      Action: 'sts:AssumeRole',
    })
  })
  test('people of Identity Center are let in by a pattern that outlives the next deployment of their role', () => {
    const arn = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/anna'
    expect(JSON.parse(refused(arn) ?? '{}')).toMatchObject({
      Condition: {
        ArnLike: {
          'aws:PrincipalArn':
            'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Dev_*',
        },
      },
    })
  })
  test('a text without a caller says nothing of it', () => {
    expect(trustStatement('Access denied')).toBeUndefined()
    expect(trustStatement('User: arn:aws is not authorized')).toBeUndefined()
  })
  test('how far a clock is off, where the answer tells it', () => {
    const skewed = (skewMs?: number) =>
      problemOfCall(
        {
          name: 'RequestTimeTooSkewed',
          message: 'x',
          status: 403,
          ...(skewMs !== undefined && { skewMs }),
        },
        call,
      ).detail
    expect(skewed(61_000)).toContain('1 minute ahead of that of AWS')
    expect(skewed(-3_600_000)).toContain('60 minutes behind that of AWS')
    expect(skewed(2_000)).not.toContain('clock')
    expect(skewed()).not.toContain('clock')
  })
})

describe('the words of others', () => {
  test.each([
    ['key AKIAIOSFODNN7EXAMPLE is bad', 'key AKIA…MPLE is bad'],
    ['secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY here', 'secret *** here'],
    ['token IQoJb3JpZ2luX2VjEJr4A1bcDEfGhIjKlMnOpQrStUv-wx_yz.', 'token ***.'],
    [
      'User: arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/anna may not',
      'User: arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/anna may not',
    ],
    ['first line\nsecond', 'first line'],
  ])('%s', (message, shown) => {
    expect(shownWords(message)).toBe(shown)
  })
  test('long ones are cut', () => {
    expect(shownWords('word '.repeat(200))).toHaveLength(500)
  })
  test('names that no table has are told by their status', () => {
    expect(kindOfFault({ name: 'constructor', message: '' })).toBe('other')
    expect(kindOfFault({ name: 'X', message: '', status: 401 })).toBe('denied')
    expect(kindOfFault({ name: 'X', message: '', status: 503 })).toBe('service')
  })
})
