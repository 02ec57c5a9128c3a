import { describe, expect, test } from 'vitest'
import { faultKinds, parseFaults } from '../../../src/simulator/faults.ts'

describe('parseFaults', () => {
  test('takes every fault of the table', () => {
    const texts = faultKinds.flatMap((kind) =>
      Object.keys(kind.values).map((value) => `${kind.name.replace('<name>', 'ingress')}=${value}`),
    )
    expect(parseFaults(texts)).toEqual({
      faults: texts.map((text) => ({ name: text.split('=')[0], value: text.split('=')[1] })),
    })
  })

  test.for([
    ['cluster.start=timout', 'cluster.start=timeout'],
    ['tool.download=html', 'tools.download=html'],
    ['docker=dwn', 'docker=down'],
    ['addon.registry-creds=never', 'addon.registry-creds=never-ready'],
    ['kube.api=toString', undefined],
    ['docker', undefined],
    ['', undefined],
  ] as const)('%s is unknown, the nearest is named', ([text, nearest]) => {
    const parsed = parseFaults(['docker=down', text])
    expect(parsed).toEqual({ unknown: [expect.stringMatching(/\(did you mean \S+=\S+\?\)$/)] })
    expect(JSON.stringify(parsed)).toContain(nearest ?? text)
  })

  test('every value has a sentence', () => {
    for (const kind of faultKinds) {
      for (const sentence of Object.values(kind.values)) expect(sentence).toMatch(/^.{20,}\.$/)
    }
  })
})
