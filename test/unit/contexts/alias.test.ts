import { describe, expect, test } from 'vitest'
import { isBorrowed, renderCommandFile, renderEntryFile, standingOf } from '../../../src/contexts/alias.ts'

describe('what stands at the place of a name', () => {
  const bin = '/usr/lib/node_modules/devk8s/dist/bin.js'
  const command = renderCommandFile('C:\\node.exe', 'C:\\names\\kubectx.mjs')
  test.each([
    ['free', { isThere: false }, bin],
    ['present', { link: bin, isThere: true }, bin],
    // The Node that it belonged to is gone, and the link leads nowhere.
    ['stale', { link: '/old/node_modules/devk8s/dist/bin.js', isThere: false }, bin],
    ['foreign', { link: '/opt/kubectx/kubectx', isThere: true }, bin],
    ['foreign', { link: '/gone', isThere: false }, bin],
    ['foreign', { isThere: true }, bin],
    ['present', { text: command, isThere: true }, command],
    ['stale', { text: renderCommandFile('D:\\node.exe', 'x'), isThere: true }, command],
    ['foreign', { text: '@echo off', isThere: true }, command],
  ] as const)('%s: %j', (standing, found, wanted) => {
    expect(standingOf(found, wanted)).toBe(standing)
  })
})

test.each([
  ['/home/me/.npm/_npx/0123/node_modules/devk8s/dist/bin.js', true],
  ['C:\\Users\\me\\AppData\\npm-cache\\_npx\\1\\node_modules\\devk8s\\dist\\bin.js', true],
  ['/home/me/.cache/pnpm/dlx/x/node_modules/devk8s/dist/bin.js', true],
  ['/tmp/dlx-4711/node_modules/devk8s/dist/bin.js', true],
  ['/usr/lib/node_modules/devk8s/dist/bin.js', false],
  ['/home/me/.nvm/versions/node/v22.1.0/lib/node_modules/devk8s/dist/bin.js', false],
])('%s is borrowed: %s', (path, borrowed) => {
  expect(isBorrowed(path)).toBe(borrowed)
})

test('on Windows a command file starts an entry file by the name of the program', () => {
  expect(renderCommandFile('C:\\100%\\node.exe', 'C:\\d\\kubens.mjs')).toBe(
    '@rem Written by devk8s; devk8s alias remove takes it away.\r\n@"C:\\100%%\\node.exe" "C:\\d\\kubens.mjs" %*\r\n',
  )
  expect(renderEntryFile('C:\\Program Files\\a#b\\devk8s\\dist\\bin.js')).toBe(
    "// Written by devk8s.\nimport 'file:///C:/Program%20Files/a%23b/devk8s/dist/bin.js'\n",
  )
})
