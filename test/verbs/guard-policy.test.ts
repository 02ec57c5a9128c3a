import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ciRolePlaceholder } from '../../src/registry/policies.ts'
import { newLaptop } from '../fakes/session.ts'

test('both policies, for the registries of the profile; AWS is not asked', async () => {
  const laptop = await newLaptop()
  const path = join(laptop.folder, 'team.yaml')
  await writeFile(
    path,
    `apiVersion: devk8s.dev/v1
kind: Profile
metadata: { name: team }
extends: default
aws: { ecr: { registries: [{ account: "123456789012", regions: [eu-west-1] }, { account: "210987654321", regions: [cn-north-1] }] } }
`,
  )
  const done = await laptop.run(`guard policy --profile ${path}`, {
    through: (ports) => ({ ...ports, aws: new Proxy(ports.aws, { get: () => undefined }) }),
  })
  expect(done).toMatchObject({
    exit: 0,
    calls: [],
    answer: {
      placeholder: ciRolePlaceholder,
      pull: [
        {
          Statement: [
            { Action: 'ecr:GetAuthorizationToken' },
            { Resource: expect.stringContaining('arn:aws:ecr:eu-west-1') },
          ],
        },
        { Statement: [{}, { Resource: 'arn:aws-cn:ecr:cn-north-1:210987654321:repository/*' }] },
      ],
      push: [
        { account: '123456789012', policy: { Statement: [{ Effect: 'Deny', Principal: '*' }] } },
        { account: '210987654321' },
      ],
    },
  })
})

test('without registries in the profile, for all of them', async () => {
  const laptop = await newLaptop()
  const { answer } = await laptop.run('guard policy')
  expect(answer).toMatchObject({ registries: [], pull: [{ Statement: [{}, { Resource: '*' }] }], push: [{}] })
})
