import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { startAgent } from './laptop-agent.ts'
import { cartRole, newWorld, podOf, sessionOf, tokenOf } from './world.ts'

// Wide enough for a machine that has other things to do; `npm run bench` measures.

test('a thousand pods: an answer takes no time that anybody would notice', async () => {
  const pods = Array.from({ length: 1_000 }, (_, index) =>
    podOf(`p${String(index)}`, {
      annotations: { 'iam.amazonaws.com/role': 'cart' },
      addresses: [`127.1.${String(index >> 8)}.${String(index & 255)}`],
    }),
  )
  const world = newWorld({ pods, sessions: { [`assume:${cartRole}`]: sessionOf('cart') } })
  await using agent = await startAgent(world)
  const times: number[] = []
  for (const pod of pods) {
    const start = performance.now()
    const headers = { Authorization: tokenOf(pod, 'pods.eks.amazonaws.com') }
    const [from] = pod.addresses
    const { status } = await agent.ask({
      path: '/v1/credentials',
      headers,
      ...(from === undefined ? {} : { from }),
    })
    times.push(performance.now() - start)
    expect(status).toBe(200)
  }
  expect(times.toSorted((a, b) => a - b)[500]).toBeLessThan(50)
})

test('the program is small, and imports nothing but Node', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/agent/main.ts'],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
  })
  expect(outputFiles[0]?.contents.length).toBeLessThan(120_000)
  const inputs = Object.keys(metafile.inputs)
  expect(inputs.filter((file) => !file.startsWith('src/agent/'))).toEqual([])
})
