import { expect, test } from 'vitest'
import { layoutOf } from '../../../src/plan/layout.ts'

test.for([
  [
    'custom of Unix',
    {},
    {
      config: '/h/.config/devk8s',
      data: '/h/.local/share/devk8s',
      state: '/h/.local/state/devk8s',
      minikubeHome: '/h/.minikube',
      userKubeconfig: ['/h/.kube/config'],
    },
  ],
  [
    'XDG wins',
    { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s' },
    { config: '/c/devk8s', data: '/d/devk8s', state: '/s/devk8s' },
  ],
  [
    'relative XDG values do not count',
    { XDG_DATA_HOME: 'relative', XDG_STATE_HOME: '' },
    { data: '/h/.local/share/devk8s', state: '/h/.local/state/devk8s' },
  ],
  [
    'MINIKUBE_HOME that ends in .minikube is it',
    { MINIKUBE_HOME: '/m/.minikube' },
    { minikubeHome: '/m/.minikube' },
  ],
  ['any other is its parent', { MINIKUBE_HOME: '/m/' }, { minikubeHome: '/m/.minikube' }],
  [
    'KUBECONFIG is a list; empty members and duplicates do not count',
    { KUBECONFIG: ':/a:/b::/a' },
    { userKubeconfig: ['/a', '/b'] },
  ],
  [
    'XDG_RUNTIME_DIR is used where it is set',
    { XDG_RUNTIME_DIR: '/run/user/1' },
    { runtime: '/run/user/1/devk8s' },
  ],
  [
    'relative members are those of the working directory; one that is named in two ways counts once',
    { KUBECONFIG: 'kc:./kc:../b/kc:../../../kc:x/../kc:/w/a/kc' },
    { userKubeconfig: ['/w/a/kc', '/w/b/kc', '/kc', '/w/a/x/../kc'] },
  ],
  ['an empty KUBECONFIG is none', { KUBECONFIG: '' }, { userKubeconfig: ['/h/.kube/config'] }],
] as const)('%s', ([, env, expected]) => {
  expect(layoutOf({ cwd: '/w/a', env, home: '/h', platform: 'linux' })).toMatchObject(expected)
})

test('macOS follows the same custom, Windows its own', () => {
  expect(layoutOf({ cwd: '/w', env: {}, home: '/Users/a', platform: 'darwin' }).data).toBe(
    '/Users/a/.local/share/devk8s',
  )
  const env = { KUBECONFIG: 'C:\\a;D:\\b;..\\kc' }
  expect(layoutOf({ cwd: 'C:\\w\\x', env, home: 'C:\\Users\\a', platform: 'win32' })).toEqual({
    config: 'C:\\Users\\a\\AppData\\Roaming\\devk8s',
    data: 'C:\\Users\\a\\AppData\\Local\\devk8s',
    state: 'C:\\Users\\a\\AppData\\Local\\State\\devk8s',
    runtime: 'C:\\Users\\a\\AppData\\Local\\State\\devk8s\\run',
    minikubeHome: 'C:\\Users\\a\\.minikube',
    userKubeconfig: ['C:\\a', 'D:\\b', 'C:\\w\\kc'],
  })
})
