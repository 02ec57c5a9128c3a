import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { brokerEnvironment, hasKeysInEnvironment } from '../../../src/upkeep/broker-environment.ts'
import {
  agentPath,
  isServiceOf,
  renderAgent,
  renderUnit,
  unitPath,
} from '../../../src/upkeep/broker-units.ts'

const run = promisify(execFile)
const program = {
  launcher: '/home/Ann O\'Neil/100%/"bin"/devk8s',
  environment: {
    AWS_PROFILE: 'acme dev',
    HTTPS_PROXY: 'http://u:p%40ss@proxy:3128/?a=1&b=<2>',
    PATH: '/usr/bin:/opt/a\\b:$HOME/bin',
  },
}

describe('the unit for systemd', () => {
  test('is this text', () => {
    expect(renderUnit(program)).toBe(`# Written by devk8s aws broker start; devk8s aws broker stop removes it.
[Unit]
Description=devk8s: keeps the AWS session of local clusters fresh

[Service]
Type=exec
ExecStart="/home/Ann O'Neil/100%%/\\"bin\\"/devk8s" __broker
Environment="AWS_PROFILE=acme dev"
Environment="HTTPS_PROXY=http://u:p%%40ss@proxy:3128/?a=1&b=<2>"
Environment="PATH=/usr/bin:/opt/a\\\\b:$HOME/bin"
Restart=on-failure
RestartSec=30
RestartPreventExitStatus=4
UMask=0077
Nice=10

[Install]
WantedBy=default.target
`)
  })

  test('is what systemd takes, where it is on this machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'devk8s-unit-'))
    const launcher = join(folder, 'dev k8s 100%')
    await writeFile(launcher, '#!/bin/sh\n', { mode: 0o755 })
    const file = join(folder, 'devk8s-broker.service')
    await writeFile(file, renderUnit({ ...program, launcher }))
    const args = ['verify', '--man=no', '--user', file]
    const env = { ...process.env, XDG_RUNTIME_DIR: folder }
    const said = await run('systemd-analyze', args, { env }).catch(
      (error: { code: unknown; stderr?: string }) => error,
    )
    const isAbsent = 'code' in said && said.code === 'ENOENT'
    const faults = (said.stderr ?? '').split('\n').filter((line) => line.includes('devk8s-broker'))
    expect(isAbsent || faults.length === 0 ? [] : faults).toEqual([])
  })

  test('lies where systemd looks for those of a person', () => {
    expect(unitPath('/home/ann', {})).toBe('/home/ann/.config/systemd/user/devk8s-broker.service')
    expect(unitPath('/home/ann', { XDG_CONFIG_HOME: '/cfg' })).toBe('/cfg/systemd/user/devk8s-broker.service')
  })
})

describe('the agent for launchd', () => {
  test('is this text', () => {
    expect(renderAgent(program)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by devk8s aws broker start; devk8s aws broker stop removes it. -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>dev.devk8s.broker</string>
  <key>ProgramArguments</key>
  <array>
    <string>/home/Ann O'Neil/100%/&quot;bin&quot;/devk8s</string>
    <string>__broker</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>AWS_PROFILE</key>
    <string>acme dev</string>
    <key>HTTPS_PROXY</key>
    <string>http://u:p%40ss@proxy:3128/?a=1&amp;b=&lt;2&gt;</string>
    <key>PATH</key>
    <string>/usr/bin:/opt/a\\b:$HOME/bin</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>30</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>Umask</key>
  <integer>63</integer>
</dict>
</plist>
`)
  })

  test('has no characters that XML cannot hold', () => {
    const text = renderAgent({ launcher: '/bin/a\u0000\u001Bb\tc', environment: {} })
    expect(text).toContain('<string>/bin/ab\tc</string>')
  })

  test('lies where launchd looks for those of a person', () => {
    expect(agentPath('/Users/ann')).toBe('/Users/ann/Library/LaunchAgents/dev.devk8s.broker.plist')
  })
})

describe.each([
  ['unit', renderUnit],
  ['agent', renderAgent],
])('a service belongs to one devk8s alone (%s)', (_what, render) => {
  const { launcher } = program
  const stateHome = '/home/Ann O\'Neil/<100%>/"state"'
  const elsewhere = { ...program, environment: { ...program.environment, XDG_STATE_HOME: stateHome } }

  test.each([
    ['the same launcher', program, { launcher }, true],
    ['another launcher', program, { launcher: '/other/devk8s' }, false],
    ['a launcher whose path begins so', program, { launcher: `${launcher}/x` }, false],
    ['a launcher whose path ends so', program, { launcher: '/devk8s' }, false],
    ['the same state folder', elsewhere, { launcher, stateHome }, true],
    ['another state folder', elsewhere, { launcher, stateHome: '/other' }, false],
    ['the usual state folder', elsewhere, { launcher }, false],
    ['another than the usual state folder', program, { launcher, stateHome }, false],
  ])('as seen by one with %s', (_who, started, own, expected) => {
    expect(isServiceOf(render(started), own)).toBe(expected)
  })
})

describe('what a broker gets of the environment', () => {
  const env = {
    PATH: '/usr/bin',
    HOME: '/home/ann',
    AWS_PROFILE: 'acme',
    AWS_CONFIG_FILE: '/cfg/aws',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAABCDEFGHIJKLMNOP',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'token',
    https_proxy: 'http://proxy:1',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
    NODE_OPTIONS: '--require /tmp/x.js',
    GITHUB_TOKEN: 'token',
    AWS_CA_BUNDLE: '',
  }

  test('is who one is to AWS and how it is reached, and never a key', () => {
    expect(brokerEnvironment(env)).toEqual({
      AWS_CONFIG_FILE: '/cfg/aws',
      AWS_PROFILE: 'acme',
      AWS_REGION: 'eu-west-1',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
      PATH: '/usr/bin',
      https_proxy: 'http://proxy:1',
    })
  })

  test('keys in the environment are the identity only where no profile is named', () => {
    expect(hasKeysInEnvironment(env)).toBe(false)
    expect(hasKeysInEnvironment({ AWS_ACCESS_KEY_ID: 'AKIAABCDEFGHIJKLMNOP' })).toBe(true)
    expect(hasKeysInEnvironment({})).toBe(false)
  })
})
