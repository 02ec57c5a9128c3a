import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Asking } from '../../../src/agent/asked-role.ts'
import { createDecider, decide, type Decision, sessionIdOf } from '../../../src/agent/decide.ts'
import type { Gives, MappingDocument } from '../../../src/agent/documents.ts'
import { spellingsOf } from '../../../src/agent/role-names.ts'
import { orderedRules } from '../../../src/pods/roles.ts'

const base = 'arn:aws:iam::111122223333:role/'

const mappingOf = (
  rules: Readonly<Record<string, Gives>> = {},
  change: Partial<MappingDocument> = {},
): MappingDocument => ({
  version: 1,
  baseRoleArn: base,
  rules: orderedRules(Object.fromEntries(Object.keys(rules).map((pattern) => [pattern, 'x']))).map(
    ({ pattern, expression }) => ({ pattern, expression, gives: rules[pattern] ?? { is: 'deny' } }),
  ),
  associations: [],
  restrictions: { mode: 'refuse', format: 'glob' },
  imdsV1: true,
  ...change,
})

const askingOf = (change: Partial<Asking> = {}): Asking => ({
  namespace: 'shop',
  serviceAccount: 'api',
  podAnnotations: {},
  podLabels: {},
  accountAnnotations: {},
  namespaceAnnotations: {},
  namespaceLabels: {},
  kops: undefined,
  ...change,
})

const pod = { 'iam.amazonaws.com/role': 'by-pod' }
const account = { 'eks.amazonaws.com/role-arn': `${base}by-account` }
const associations = [{ namespace: 'shop', serviceAccount: 'api', roleArn: `${base}by-eks`, cluster: 'acme' }]

const brief = (decision: Decision) =>
  decision.is === 'given' ? `${decision.session} (${decision.asks?.from ?? '-'})` : decision.why

describe('which role counts', () => {
  const kops = { 'shop/api': { roleArn: `${base}by-kops` }, '*/api': { roleArn: `${base}by-any` } }
  const assume = { '*': { is: 'assume', twin: false } } as const
  test.each([
    ['pod', askingOf({ podAnnotations: pod, accountAnnotations: account, kops }), `by-pod`],
    ['association', askingOf({ accountAnnotations: account, kops }), 'by-eks'],
    ['service-account', askingOf({ namespace: 'pay', accountAnnotations: account, kops }), 'by-account'],
    ['kops', askingOf({ namespace: 'pay', kops }), 'by-any'],
    ['kops', askingOf({ namespace: 'pay', kops: { ...kops, 'pay/api': { roleArn: `${base}own` } } }), 'own'],
  ])('%s', (from, asking, name) => {
    const decision = decide(asking, mappingOf(assume, { associations }))
    expect(brief(decision)).toBe(`assume:${base}${name} (${from})`)
  })

  test('white space around a role does not count, and one that is all white names none', () => {
    const asking = (role: string) => askingOf({ podAnnotations: { 'iam.amazonaws.com/role': role } })
    const mapping = mappingOf({ admin: { is: 'deny' } })
    expect(brief(decide(asking(' \t\u0085admin\u3000\n'), mapping))).toBe('role-denied')
    expect(brief(decide(asking(' \u00A0 '), mapping))).toBe('unmapped')
    // The byte order mark is no white space to CEL.
    expect(brief(decide(asking('\uFEFFadmin'), mapping))).toBe('role-malformed')
  })

  test('a target role is what the pod ends up with, and neither of the two may be denied', () => {
    const mapping = (rules: Readonly<Record<string, Gives>>) =>
      mappingOf(rules, {
        associations: associations.map((each) => ({
          ...each,
          targetRoleArn: 'arn:aws:iam::444455556666:role/ledger',
          externalId: 'eu-west-1/111122223333/acme/shop/api',
        })),
      })
    const given = decide(askingOf(), mapping({ '*': { is: 'assume', twin: true } }))
    expect(given).toMatchObject({
      is: 'given',
      session: 'twin:arn:aws:iam::444455556666:role/ledger?external-id=eu-west-1/111122223333/acme/shop/api',
      asks: { cluster: 'acme', role: 'arn:aws:iam::444455556666:role/ledger' },
      pattern: '*',
    })
    expect(brief(decide(askingOf(), mapping({ ledger: { is: 'deny' } })))).toBe('role-denied')
    expect(brief(decide(askingOf(), mapping({ 'by-eks': { is: 'deny' } })))).toBe('role-denied')
  })
})

describe('what becomes of it', () => {
  test.each([
    ['a role without a rule', askingOf({ podAnnotations: pod }), {}, 'developer (pod)'],
    ['developer', askingOf({ podAnnotations: pod }), { 'by-*': { is: 'developer' } }, 'developer (pod)'],
    [
      'a profile',
      askingOf({ podAnnotations: pod }),
      { '*': { is: 'profile', profile: 'ro' } },
      'profile:ro (pod)',
    ],
    [
      'a twin',
      askingOf({ podAnnotations: pod }),
      { '*': { is: 'assume', twin: true } },
      `twin:${base}by-pod (pod)`,
    ],
    [
      'the more exact rule',
      askingOf({ podAnnotations: pod }),
      { '*': { is: 'developer' }, 'by-pod': { is: 'deny' } },
      'role-denied',
    ],
    ['nothing', askingOf(), {}, 'unmapped'],
    [
      'nothing but the label',
      askingOf({ podLabels: { 'devk8s.dev/aws': 'on' } }),
      { '*': { is: 'deny' } },
      'developer (-)',
    ],
    ['a lane alone', askingOf({ podLabels: { 'devk8s.dev/aws': 'relative' } }), {}, 'unmapped'],
    ['off', askingOf({ podAnnotations: pod, podLabels: { 'devk8s.dev/aws': 'off' } }), {}, 'pod-off'],
    [
      'EKS’s own label',
      askingOf({ podAnnotations: pod, podLabels: { 'eks.amazonaws.com/skip-pod-identity-webhook': '' } }),
      {},
      'pod-off',
    ],
    [
      'a namespace that is off',
      askingOf({ podAnnotations: pod, namespaceLabels: { 'devk8s.dev/aws': 'off' } }),
      {},
      'namespace-off',
    ],
    ['kube-system', askingOf({ namespace: 'kube-system', podAnnotations: pod }), {}, 'system-namespace'],
    [
      'the agent’s own',
      askingOf({ namespace: 'devk8s-system', podLabels: { 'devk8s.dev/aws': 'on' } }),
      {},
      'system-namespace',
    ],
  ] as const)('%s', (_what, asking, rules, expected) => {
    const decision = decide(asking, mappingOf(rules))
    expect(brief(decision)).toBe(expected)
    expect(decision.is === 'refused' ? decision.detail : 'given').toMatch(/^(given|[A-Z“].*\.$)/)
  })

  test.each([
    'arn:aws:sts::111122223333:assumed-role/x/y',
    'arn:aws:iam::1111:role/x',
    'arn:aws:iam::111122223333:user/x',
    'ARN:aws:iam::111122223333:role/x',
    'two words',
    'a\u0000b',
    'a'.repeat(65),
    'a:b',
    `path/${'a/'.repeat(400)}x`,
    'x'.repeat(250_000),
  ])('%.60s is no role', (role) => {
    const decision = decide(
      askingOf({ podAnnotations: { 'iam.amazonaws.com/role': role } }),
      mappingOf({ '*': { is: 'assume', twin: false } }),
    )
    expect(decision).toMatchObject({ is: 'refused', why: 'role-malformed' })
    expect(decision.is === 'refused' ? decision.detail.length : 0).toBeLessThan(250)
  })

  test('a name is completed, with a path or a slash as kiam takes it; without an account it cannot be assumed', () => {
    const assume = { '*': { is: 'assume', twin: false } } as const
    const asking = (role: string) => askingOf({ podAnnotations: { 'iam.amazonaws.com/role': role } })
    expect(brief(decide(asking('/team/x'), mappingOf(assume)))).toBe(`assume:${base}team/x (pod)`)
    const { baseRoleArn: _, ...unknown } = mappingOf(assume)
    expect(brief(decide(asking('x'), unknown))).toBe('no-account')
    expect(brief(decide(asking(`${base}x`), unknown))).toBe(`assume:${base}x (pod)`)
  })

  test('what kiam and kube2iam take of the session besides', () => {
    const asking = (externalId: string) =>
      askingOf({
        podAnnotations: {
          ...pod,
          'iam.amazonaws.com/external-id': externalId,
          'iam.amazonaws.com/session-name': 'night shift/1',
        },
      })
    const mapping = mappingOf({ '*': { is: 'assume', twin: false } })
    expect(brief(decide(asking('ours:1'), mapping))).toBe(
      `assume:${base}by-pod?external-id=ours:1&session-name=kiam-night-shift-1 (pod)`,
    )
    expect(brief(decide(asking('no good!'), mapping))).toBe('role-malformed')
  })

  test('a rule that cannot be read refuses rather than being passed over', () => {
    const rules = [{ pattern: 'odd', expression: '^(', gives: { is: 'developer' } as const }]
    expect(brief(decide(askingOf({ podAnnotations: pod }), mappingOf({}, { rules })))).toBe('role-denied')
  })
})

describe('what the namespace permits', () => {
  const allowed = 'iam.amazonaws.com/allowed-roles'
  const permitted = 'iam.amazonaws.com/permitted'
  test.each([
    ['no annotation', {}, 'glob', true],
    ['a name', { [allowed]: '["by-pod"]' }, 'glob', true],
    ['an ARN', { [allowed]: `["${base}by-pod"]` }, 'glob', true],
    ['a glob', { [allowed]: '["x", "by-*"]' }, 'glob', true],
    ['a glob of another account', { [allowed]: '["arn:aws:iam::9*"]' }, 'glob', false],
    ['an empty list', { [allowed]: '[]' }, 'glob', false],
    ['nothing', { [allowed]: '' }, 'glob', false],
    ['no JSON', { [allowed]: 'by-pod' }, 'glob', false],
    ['no list', { [allowed]: '{"by-pod": true}' }, 'glob', false],
    ['no text', { [allowed]: '[5]' }, 'glob', false],
    // As Go reads it: an empty text, and so the base ARN, which matches within every role of the account.
    ['no text, as an expression', { [allowed]: '[5]' }, 'regexp', true],
    ['an expression, anywhere', { [allowed]: '["by-p"]' }, 'regexp', true],
    // The base ARN goes before whatever does not begin with `arn:`.
    ['an anchored name', { [allowed]: '["^by-pod$"]' }, 'regexp', false],
    ['one that is none, and one that matches', { [allowed]: '["(", "by-.*"]' }, 'regexp', true],
    ['one that is none', { [allowed]: '["("]' }, 'regexp', false],
    ['kiam: anything', { [permitted]: '.*' }, 'glob', true],
    ['kiam: the whole ARN', { [permitted]: `${base}by-.*` }, 'glob', true],
    ['kiam: a name is not the whole ARN', { [permitted]: 'by-pod' }, 'glob', false],
    ['kiam: nothing', { [permitted]: '' }, 'glob', false],
    ['kiam: none', { [permitted]: '(' }, 'glob', false],
    ['both, one of which refuses', { [allowed]: '["*"]', [permitted]: 'x' }, 'glob', false],
  ] as const)('%s', (_what, namespaceAnnotations, format, isGiven) => {
    const asking = askingOf({ podAnnotations: pod, namespaceAnnotations })
    const refuse = decide(asking, mappingOf({}, { restrictions: { mode: 'refuse', format } }))
    const warn = decide(asking, mappingOf({}, { restrictions: { mode: 'warn', format } }))
    expect(brief(refuse)).toBe(isGiven ? 'developer (pod)' : 'not-permitted')
    expect([brief(warn), warn.warnings.length]).toEqual(['developer (pod)', isGiven ? 0 : 1])
    expect(refuse.is === 'refused' ? refuse.detail : '').toMatch(
      isGiven ? /^$/ : /^The namespace shop has iam\.amazonaws\.com\/(allowed-roles|permitted): /,
    )
    expect(warn.warnings).toEqual(
      refuse.is === 'refused' ? [`The remote cluster would refuse this. ${refuse.detail}`] : [],
    )
  })

  test('is about roles of pods alone', () => {
    const asking = askingOf({ accountAnnotations: account, namespaceAnnotations: { [allowed]: '[]' } })
    expect(brief(decide(asking, mappingOf()))).toBe('developer (service-account)')
  })
})

describe('a role of a service account is an ARN, as STS takes it', () => {
  const ofAccount = askingOf({ accountAnnotations: { 'eks.amazonaws.com/role-arn': 'by-account' } })
  const ofKops = askingOf({ kops: { 'shop/api': { roleArn: 'by-kops' } } })
  const eks = (roleArn: string, targetRoleArn?: string) => ({
    associations: [
      {
        namespace: 'shop',
        serviceAccount: 'api',
        cluster: 'acme',
        roleArn,
        ...(targetRoleArn === undefined ? {} : { targetRoleArn }),
      },
    ],
  })
  test.each([
    ['service-account', ofAccount, {}, 'by-account', 'the annotation eks.amazonaws.com/role-arn'],
    ['association', askingOf(), eks('by-eks'), 'by-eks', 'an EKS association'],
    ['association', askingOf(), eks('through', `${base}by-eks`), 'through', 'an EKS association'],
    ['kops', ofKops, {}, 'by-kops', 'kOps’ ConfigMap'],
  ] as const)('%s: %#', (from, asking, more, name, place) => {
    const assume = { '*': { is: 'assume', twin: false } } as const
    const refused = decide(asking, mappingOf(assume, more))
    expect(refused).toMatchObject({ is: 'refused', why: 'role-malformed', asks: { from } })
    const detail = refused.is === 'refused' ? refused.detail : ''
    expect(detail).toContain(`“${name}” is the name of a role: ${place}`)
    const restrictions = { mode: 'warn', format: 'glob' } as const
    const warned = decide(asking, mappingOf(assume, { ...more, restrictions }))
    expect(warned).toMatchObject({
      is: 'given',
      warnings: [`The remote cluster would refuse this. ${detail}`],
    })
  })

  test('a name on the pod stays one, as kube2iam and kiam take it', () => {
    const decision = decide(askingOf({ podAnnotations: pod }), mappingOf())
    expect(decision).toMatchObject({ is: 'given', warnings: [] })
  })
})

describe('laws', () => {
  const role = fc.oneof(
    fc.constantFrom('a', 'b', 'ab', 'team/a', `${base}a`, `${base}b`, `${base}team/ab`),
    fc.string({ maxLength: 20 }),
  )
  const gives: fc.Arbitrary<Gives> = fc.oneof(
    fc.constant({ is: 'developer' } as const),
    fc.constant({ is: 'deny' } as const),
    fc.boolean().map((twin) => ({ is: 'assume', twin }) as const),
    fc.constantFrom('k1', 'k2').map((key) => ({ is: 'assume', twin: false, key }) as const),
    fc.string().map((profile) => ({ is: 'profile', profile }) as const),
  )
  const rules = fc.dictionary(fc.constantFrom('a', 'b', '*', 'a*', '*b', `${base}*`, `${base}a`), gives)
  const asking = fc
    .record({
      own: fc.option(role),
      account: fc.option(role),
      kops: fc.option(role),
      allowed: fc.option(fc.constantFrom('[]', '["*"]', '["a"]')),
      label: fc.constantFrom('on', 'off', 'relative', ''),
    })
    .map(({ own, account: byAccount, kops, allowed, label }) =>
      askingOf({
        podAnnotations: own === null ? {} : { 'iam.amazonaws.com/role': own },
        accountAnnotations: byAccount === null ? {} : { 'eks.amazonaws.com/role-arn': byAccount },
        kops: kops === null ? undefined : { '*/api': { roleArn: kops } },
        namespaceAnnotations: allowed === null ? {} : { 'iam.amazonaws.com/allowed-roles': allowed },
        podLabels: { 'devk8s.dev/aws': label },
      }),
    )

  test('the first rule that matches counts, and whom it denies gets no session', () => {
    fc.assert(
      fc.property(asking, rules, (who, said) => {
        const mapping = mappingOf(said)
        const decision = decide(who, mapping)
        const asked = decision.asks?.role
        // Of each spelling the first; where they differ, the one that denies, or the earlier of the two.
        const firsts = (asked === undefined ? [] : spellingsOf(asked, base)).map((spelling) =>
          mapping.rules.find(({ expression }) => new RegExp(expression).test(spelling)),
        )
        const first =
          firsts.find((rule) => rule?.gives.is === 'deny') ??
          mapping.rules.find((rule) => firsts.includes(rule))
        const byRule = first?.gives ?? ({ is: 'developer' } as const)
        const isOn = asked !== undefined || who.podLabels['devk8s.dev/aws'] === 'on'
        const given =
          byRule.is === 'deny' || !isOn
            ? 'refused'
            : JSON.stringify([first?.pattern, byRule, sessionIdOf(byRule, decision.asks)])
        const seen =
          decision.is === 'refused'
            ? 'refused'
            : JSON.stringify([decision.pattern, decision.gives, decision.session])
        expect(['refused', given]).toContain(seen)
      }),
      { numRuns: 1_000 },
    )
  })

  test('no spelling of a denied role leads to a session', () => {
    const bases = [base, `${base}team/`, 'arn:aws-cn:iam::111122223333:role/x/']
    const space = fc.constantFrom('', ' ', '\n', '\u3000')
    fc.assert(
      fc.property(
        fc.constantFrom(...bases),
        fc.boolean(),
        fc.tuple(space, space, fc.constantFrom('', '/', '//', '///')),
        fc.stringMatching(/^[a-z]{1,6}$/),
        fc.constantFrom('', 'a/', 'a/b/'),
        (baseRoleArn, byName, [before, behind, slashes], role, under) => {
          const whole = `${baseRoleArn}${under}${role}`
          const said = {
            [byName ? role : whole]: { is: 'deny' },
            '*': { is: 'assume', twin: false },
          } as const
          const mapping = mappingOf(said, { baseRoleArn })
          for (const spelling of [
            `${slashes}${under}${role}`,
            whole,
            whole.replace('role/', `role/${slashes}`),
          ]) {
            const written = `${before}${spelling}${behind}`
            const who = askingOf({ podAnnotations: { 'iam.amazonaws.com/role': written } })
            const decision = decide(who, mapping)
            // With a slash more it is another ARN, which IAM knows no role by.
            expect(decision.is).toBe('refused')
          }
        },
      ),
    )
  })

  test('a permit that the written form meets does not hide a deny of the whole one', () => {
    const said = {
      [`${base}team/*`]: { is: 'deny' },
      [`${base}billing-reports`]: { is: 'assume', twin: false },
    } as const
    const who = askingOf({ podAnnotations: { 'iam.amazonaws.com/role': 'billing-reports' } })
    expect(brief(decide(who, mappingOf(said, { baseRoleArn: `${base}team/` })))).toBe('role-denied')
  })

  test('case is significant, as it is in an ARN', () => {
    const who = askingOf({ podAnnotations: { 'iam.amazonaws.com/role': 'Admin' } })
    expect(brief(decide(who, mappingOf({ admin: { is: 'deny' } })))).toBe('developer (pod)')
  })

  test('what is remembered is what would be decided, and no more than so many', () => {
    fc.assert(
      fc.property(fc.array(asking, { maxLength: 20 }), rules, (all, said) => {
        const mapping = mappingOf(said)
        const decider = createDecider(mapping)
        for (const who of [...all, ...all]) expect(decider.decide(who)).toEqual(decide(who, mapping))
      }),
    )
    const decider = createDecider(mappingOf())
    const who = (namespace: string) => askingOf({ namespace, podAnnotations: pod })
    const first = decider.decide(who('n'))
    expect(decider.decide(who('n'))).toBe(first)
    for (let at = 0; at < 250; at += 1) decider.decide(who(`n${at}`))
    expect(decider.decide(who('n'))).not.toBe(first)
  })

  test.each([
    ['too many entries', Array.from({ length: 1_000 }, () => '((a?){30}b?)*x')],
    ['too long', Array.from({ length: 190 }, () => `${'a?'.repeat(80)}x`)],
    ['each too costly', Array.from({ length: 190 }, () => '(((a?b?)*c?)*d?)*x')],
    ['each unreadable', Array.from({ length: 190 }, () => '(?=a)')],
  ])('an annotation that costs is answered at once, in few words: %s', (_, entries) => {
    const who = askingOf({
      podAnnotations: { 'iam.amazonaws.com/role': 'a'.repeat(60) },
      namespaceAnnotations: { 'iam.amazonaws.com/allowed-roles': JSON.stringify(entries) },
    })
    const started = performance.now()
    const decision = decide(who, mappingOf({}, { restrictions: { mode: 'refuse', format: 'regexp' } }))
    expect(performance.now() - started).toBeLessThan(300)
    expect(decision).toMatchObject({ is: 'refused', why: 'not-permitted' })
    expect('detail' in decision ? decision.detail.length : 0).toBeLessThan(700)
  })

  test('different sessions have different ids', () => {
    const extra = fc.option(fc.string({ unit: 'binary' }), { nil: undefined })
    const wish = fc
      .record({ gives, arn: fc.string(), externalId: extra, sessionName: extra })
      .filter(({ gives: { is } }) => is !== 'deny')
      .map(({ gives: given, arn, externalId, sessionName }) => ({
        gives: given.is === 'deny' ? ({ is: 'developer' } as const) : given,
        asks: {
          role: arn,
          arn,
          from: 'pod',
          ...(externalId === undefined ? {} : { externalId }),
          ...(sessionName === undefined ? {} : { sessionName }),
        } as const,
      }))
    const keyOf = ({ gives: given, asks }: { readonly gives: Gives; readonly asks: object }) =>
      JSON.stringify(given.is === 'assume' ? [given, asks] : given)
    fc.assert(
      fc.property(wish, wish, (one, other) => {
        const [first, second] = [one, other].map((each) => sessionIdOf(each.gives, each.asks))
        expect(first === second).toBe(keyOf(one) === keyOf(other))
      }),
      { numRuns: 1_000 },
    )
  })
})
