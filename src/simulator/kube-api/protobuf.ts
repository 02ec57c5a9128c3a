import { unsupportedMediaType } from './status.ts'
import type { Fields } from './object.ts'

/**
 * kubectl 1.33 sends `create ns` as protobuf and gives up on 415 (recorded 1.33/020, 321), so the one object it
 * sends that way and devk8s has a use for, a Namespace, is read here: `k8s\0`, then runtime.Unknown with TypeMeta
 * (1) and raw (2); in it ObjectMeta (1) with name (1) and labels (11).
 * (kubernetes: apimachinery/pkg/runtime/generated.proto; apimachinery/pkg/apis/meta/v1/generated.proto)
 * @throws ApiError 415 for anything else.
 */
export function decodeProtobufObject(body: string): Fields {
  if (!body.startsWith('k8s\0')) throw unsupportedMediaType()
  const unknown = messageOf(body.slice(4))
  const type = messageOf(textAt(unknown, 1))
  const kind = textAt(type, 2)
  if (kind !== 'Namespace') throw unsupportedMediaType()
  const metadata = messageOf(textAt(messageOf(textAt(unknown, 2)), 1))
  const labels = metadata.filter((field) => field.number === 11).map((field) => messageOf(field.bytes))
  const named = labels.map((entry) => [textAt(entry, 1), textAt(entry, 2)] as const)
  return {
    apiVersion: textAt(type, 1),
    kind,
    metadata: {
      name: textAt(metadata, 1),
      ...(named.length === 0 ? {} : { labels: Object.fromEntries(named) }),
    },
  }
}

interface Field {
  readonly number: number
  readonly bytes: string
}

/** The length-delimited fields of a message; the others are skipped. One character is one byte. */
function messageOf(bytes: string): readonly Field[] {
  const fields: Field[] = []
  let offset = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; offset < bytes.length; factor *= 128) {
      const byte = bytes.charCodeAt(offset++)
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
    }
    return value
  }
  while (offset < bytes.length) {
    const tag = varint()
    const wire = tag % 8
    if (wire === 0) {
      varint()
      continue
    }
    if (wire !== 2) throw unsupportedMediaType()
    const length = varint()
    fields.push({ number: Math.floor(tag / 8), bytes: bytes.slice(offset, offset + length) })
    offset += length
  }
  return fields
}

function textAt(message: readonly Field[], number: number): string {
  return message.find((field) => field.number === number)?.bytes ?? ''
}
