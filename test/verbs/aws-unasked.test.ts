import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newLaptop } from '../fakes/session.ts'
import { laptopWithAws, notesOf } from './aws-lab.ts'

test('a profile that turns on registry-creds and asks for no images is told, once', async () => {
  const laptop = await newLaptop()
  const told = async (line: string) =>
    notesOf(await laptop.run(line)).filter((text) => text.includes('registry-creds has no AWS keys'))
  expect(await told('up --profile aws --yes')).toEqual([expect.stringContaining('aws.ecr')])
  expect(await told('up --profile aws --yes')).toEqual([])
})

test('where nothing is kept fresh, what the profile lacks is told, and which profile it is stays', async () => {
  const laptop = await newLaptop()
  const { problems } = await laptop.run('aws status --profile aws')
  expect(problems).toMatchObject([{ code: 'DK5050', next: ['devk8s up --profile aws'] }])
  expect(problems[0]?.detail).toContain('The profile aws asks for none: add `aws.ecr`')
  const asking = await laptopWithAws('')
  const [problem] = (await asking.run('aws status')).problems
  expect([problem?.detail, problem?.next]).toEqual([
    expect.stringContaining('asks for them, and `devk8s up` brings them'),
    ['devk8s up'],
  ])
})

test('images that devk8s brings need no such word', async () => {
  const laptop = await newLaptop()
  const profile =
    'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: team }\nextends: aws\naws: { profile: acme-dev, region: eu-west-1, ecr: { mode: addon } }\n'
  await writeFile(join(laptop.folder, 'devk8s.yaml'), profile)
  expect(notesOf(await laptop.run('up --yes')).join()).not.toContain('has no AWS keys')
})
