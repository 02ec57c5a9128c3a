/** One line of `--output=json`, or a line that is none (facts sheet, 4). */
export type MinikubeEvent =
  | { readonly kind: 'step'; readonly name: string; readonly message: string; readonly index: number }
  | { readonly kind: 'info' | 'warning'; readonly message: string }
  /** Without a name it is a printed complaint, often on the way to exit 0 (running-k8s-001). */
  | { readonly kind: 'error'; readonly message: string; readonly named?: NamedError }
  | { readonly kind: 'download'; readonly artifact: string; readonly fraction?: number }
  | { readonly kind: 'plain'; readonly text: string }

export interface NamedError {
  /** minikube's reason id, e.g. `DRV_CP_ENDPOINT`; not localised. */
  readonly name: string
  readonly message: string
  /** Empty when minikube has none or left its template unfilled (081, running-k8s-141). */
  readonly advice: string
  readonly exitCode: number | undefined
}

const prefix = 'io.k8s.sigs.minikube.'

/** Reads one line of stdout. Text that is no event (recorded 053, 129) comes back as `plain`; blank lines as undefined. */
export function parseEvent(line: string): MinikubeEvent | undefined {
  const text = line.trim()
  if (text === '') return undefined
  const parsed = parseRecord(text)
  const type = parsed?.['type']
  if (parsed === undefined || typeof type !== 'string' || !type.startsWith(prefix)) {
    return { kind: 'plain', text }
  }
  const data = isRecord(parsed['data']) ? parsed['data'] : {}
  return toEvent(type.slice(prefix.length), data) ?? { kind: 'plain', text }
}

export function parseEvents(text: string): readonly MinikubeEvent[] {
  return text.split('\n').flatMap((line) => parseEvent(line) ?? [])
}

/** Every value in `data` is a string, numbers too. */
function toEvent(type: string, data: Readonly<Record<string, unknown>>): MinikubeEvent | undefined {
  const field = (name: string): string => (typeof data[name] === 'string' ? data[name] : '')
  switch (type) {
    case 'step': {
      const index = Number.parseInt(field('currentstep'), 10)
      // Detours (stop and delete within start) give an empty currentstep.
      return {
        kind: 'step',
        name: field('name'),
        message: field('message'),
        index: Number.isNaN(index) ? -1 : index,
      }
    }
    case 'info':
    case 'warning':
      return { kind: type, message: field('message') }
    case 'error':
      return { kind: 'error', message: field('message'), ...namedPart(field) }
    case 'download':
      return { kind: 'download', artifact: field('artifact') }
    case 'download.progress': {
      const fraction = Number.parseFloat(field('progress'))
      return {
        kind: 'download',
        artifact: field('artifact'),
        ...(Number.isFinite(fraction) ? { fraction } : {}),
      }
    }
    default:
      return undefined
  }
}

function namedPart(field: (name: string) => string): { readonly named?: NamedError } {
  const name = field('name')
  if (name === '') return {}
  const exitCode = Number.parseInt(field('exitcode'), 10)
  const advice = field('advice')
  return {
    named: {
      name,
      message: field('message'),
      advice: advice.includes('{{') ? '' : advice,
      exitCode: Number.isNaN(exitCode) ? undefined : exitCode,
    },
  }
}

/** The reason minikube gives for its end: the last named error; an advice box may follow it (recorded 114). */
export function namedError(events: readonly MinikubeEvent[]): NamedError | undefined {
  return events.flatMap((event) => (event.kind === 'error' && event.named ? [event.named] : [])).at(-1)
}

/**
 * Whether minikube wiped the control plane and set it up anew. The only sign is the text of one unnamed
 * error event, even when it then exits 0 (running-k8s-113, running-k8s-125), so this is the one place that
 * matches minikube's English; the child runs with LC_ALL=C.
 */
export function tellsOfReset(events: readonly MinikubeEvent[]): boolean {
  return events.some((event) => event.kind === 'error' && event.message.includes('will reset cluster'))
}

/** Text-mode reasons, for output that stays plain although JSON was asked: `X Exiting due to NAME: message`. */
export function parsePlainReason(text: string): NamedError | undefined {
  const match = /^\S+ Exiting due to ([A-Z0-9_]+): (.*)$/m.exec(text)
  if (match === null) return undefined
  return { name: match[1] ?? '', message: match[2] ?? '', advice: '', exitCode: undefined }
}

/** The last words of a child, for a problem's evidence: no blank lines, boxes or kubeconfig contents. */
export function lastWords(events: readonly MinikubeEvent[], stderr: string, count = 6): readonly string[] {
  const spoken = events.flatMap((event) => {
    switch (event.kind) {
      case 'error':
      case 'warning':
      case 'step':
        return isBox(event.message) ? [] : [firstLine(event.message)]
      case 'plain':
        return isBox(event.text) ? [] : [event.text]
      case 'info':
      case 'download':
        return []
    }
  })
  const logged = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !isBox(line))
  return [...spoken, ...logged.slice(0, 3)].slice(-count)
}

/** minikube puts whole outputs, even a kubeconfig (running-k8s-125), behind the first line of a message. */
export function firstLine(message: string): string {
  const line = message.split('\n', 1)[0] ?? ''
  return line.length > 400 ? `${line.slice(0, 400)}…` : line
}

function isBox(text: string): boolean {
  return /^[╭│╰]/.test(text)
}

function parseRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined // not an event: half a line, or plain text that begins with a brace
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
