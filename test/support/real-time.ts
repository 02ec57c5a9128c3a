import type { ImagesLab } from '../fakes/images-lab.ts'

/** The lab with waiting that takes its time: an API server needs seconds to notice a policy. Dates stay the lab's. */
export function realTime(lab: ImagesLab): ImagesLab {
  const { ports } = lab.context
  const clock = {
    now: () => ports.clock.now(),
    monotonic: () => performance.now(),
    sleep: async (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms)),
  }
  return { ...lab, context: { ...lab.context, ports: { ...ports, clock } } }
}
