import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AwsSubject, loopbackSubject, simulatedSubject } from '../../fakes/aws-subjects.ts'

const signal = new AbortController().signal
const profile = 'acme'
const role = (name: string) => `arn:aws:iam::210987654321:role/${name}`

describe.each([{ open: loopbackSubject }, { open: simulatedSubject }])('$open.name', ({ open }) => {
  let subject: AwsSubject
  beforeAll(async () => {
    subject = await open()
  })
  afterAll(async () => subject.close())

  test.each(['shop-locked', 'shop-gone', 'shop-gone-dev'])(
    'clause 85: %s: refused, with who asked and what the trust policy lacks',
    async (name) => {
      const wants = { profile, roleArn: role(name), sessionName: 'devk8s-anna' }
      const refusal = {
        problems: [
          {
            code: 'DK5013',
            detail: expect.stringContaining(role(name)),
            paste: { text: expect.stringContaining('"sts:AssumeRole"') },
          },
        ],
      }
      await expect(subject.aws.session(wants, signal)).rejects.toMatchObject(refusal)
      await expect(subject.aws.callerIdentity(wants, signal)).rejects.toMatchObject(refusal)
    },
  )

  test('clause 86: a role that wants an external id is given to whoever says it', async () => {
    const wants = { profile, roleArn: role('shop-partner') }
    await expect(subject.aws.session(wants, signal)).rejects.toMatchObject({ problems: [{ code: 'DK5013' }] })
    const other = { ...wants, externalId: 'somebody-else' }
    await expect(subject.aws.session(other, signal)).rejects.toMatchObject({ problems: [{ code: 'DK5013' }] })
    const right = { ...wants, externalId: 'acme-partner' }
    expect(await subject.aws.session(right, signal)).toMatchObject({ account: '210987654321' })
    expect(await subject.aws.callerIdentity(right, signal)).toMatchObject({
      arn: expect.stringContaining('assumed-role/shop-partner/'),
    })
    // What was given for the right one is nobody else's.
    await expect(subject.aws.session(other, signal)).rejects.toMatchObject({ problems: [{ code: 'DK5013' }] })
  })
})
