import { expect, test } from 'vitest'
import { bannerLines, placeText } from '../../../src/contexts/banner.ts'
import type { RemoteMarker } from '../../../src/kubeconfig/marker.ts'
import { headline } from '../../../src/report/summary.ts'
import { emptyRecord } from '../../../src/report/record.ts'
import { createTheme } from '../../../src/report/theme.ts'

const context = (marker: Partial<RemoteMarker>) => ({
  name: 'prod',
  file: '/k',
  cluster: 'devk8s-prod',
  marker: { team: 'acme', source: 'eks', protected: true, cluster: 'acme-prod', ...marker } as const,
})

test('the banner says the cluster as AWS calls it, and what is handed out while it is locked', () => {
  const locked = { kind: 'locked' } as const
  expect(bannerLines(context({ readOnly: true }), locked, 0)).toEqual([
    'PROTECTED  prod',
    '  cluster    acme-prod',
    '  access     locked: read-only until devk8s unlock prod',
  ])
  expect(bannerLines(context({}), locked, 0).at(-1)).toContain('locked: no credentials until')
  expect(placeText(context({}))).toBe('cluster acme-prod')
})

test('a run that did not finish is named as it is typed', () => {
  const finished = { exit: 1, durationMs: 1, next: [] }
  const page = { theme: createTheme({ color: false, unicode: false }), columns: 80 }
  expect(headline({ ...emptyRecord, command: 'contexts.sync', finished }, page)).toContain(
    'devk8s contexts sync did not finish',
  )
})
