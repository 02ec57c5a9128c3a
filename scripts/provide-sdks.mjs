// Installs the AWS SDKs of all ages that test/sdk drives the agent with: new ones below node_modules/.cache, old ones
// from Debian's packages (Linux, as root). Says what is missing: the tests of those are skipped. Quick when all is there.
import { createHash } from 'node:crypto'
import { $, fs, path } from 'zx'

const root = path.resolve(import.meta.dirname, '..')
const peers = path.join(root, 'test/sdk/peers')
const cache = path.join(root, 'node_modules/.cache/devk8s/sdks')
await fs.ensureDir(cache)

// Each works in a place of its own, and the Debian packages are a matter of the network.
const told = await Promise.all([
  providing('new botocore and AWS CLI (pip)', python),
  providing('Go v2 and Go v1 of 2019 (go)', go),
  providing('Java v2 (mvn)', java),
  providing('old botocore, AWS CLI and Ruby (apt-get)', debian),
])
console.log(told.join('\n'))

/** One line on how it went: what cannot be installed here is no failure, since its tests are skipped and say so. */
async function providing(name, provide) {
  try {
    return `${name}: ${(await provide()) ? 'installed' : 'there already'}`
  } catch (error) {
    return `${name}: missing (${firstLine(error)})`
  }
}

function firstLine(error) {
  const lines = String(error.stderr || error.message)
    .trim()
    .split('\n')
  return lines.find((line) => /error/i.test(line)) ?? lines[0]
}

function python() {
  return onceFor('python', ['python/requirements.txt'], async (folder) => {
    await $`python3 -m venv ${folder}`
    await $`${folder}/bin/pip install --quiet --requirement ${peers}/python/requirements.txt`
    await $`${folder}/bin/python -c ${'import botocore'}`
  })
}

function go() {
  const modules = ['go', 'go-v1']
  const files = modules.flatMap((name) => [`${name}/main.go`, `${name}/go.mod`, `${name}/go.sum`])
  return onceFor('go', files, async (folder) => {
    for (const name of modules) await $({ cwd: `${peers}/${name}` })`go build -o ${folder}/${name} .`
  })
}

function java() {
  return onceFor('java', ['java/pom.xml', 'java/Peer.java'], async (folder) => {
    const options = ['-q', '-B', '-f', `${peers}/java/pom.xml`, `-DoutputDirectory=${folder}/lib`]
    await $`mvn ${options} dependency:copy-dependencies`
    await $`javac -cp ${`${folder}/lib/*`} -d ${folder}/classes ${peers}/java/Peer.java`
  })
}

/** Debian 12's are of winter 2022, before SDKs knew the address of EKS Pod Identity (facts aws, 3.3). */
async function debian() {
  const packages = ['awscli', 'python3-botocore', 'ruby-aws-sdk-core']
  const query = $({ nothrow: true })
  const found = await query`dpkg-query --show --showformat=${'${db:Status-Status}\n'} ${packages}`
  if (
    found.exitCode === 0 &&
    found.stdout
      .trim()
      .split('\n')
      .every((status) => status === 'installed')
  )
    return false
  const install = $({ env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  await install`apt-get update`
  await install`apt-get install --yes --no-install-recommends ${packages}`
  return true
}

/**
 * Fills a folder of the cache unless it was filled from the same files.
 * @param fill is given the folder, empty, at its final place: a venv cannot be moved.
 * @returns whether it had to.
 */
async function onceFor(name, sources, fill) {
  const hash = createHash('sha256')
  for (const source of sources) hash.update(await fs.readFile(path.join(peers, source)))
  const stamp = path.join(cache, `${name}.stamp`)
  const wanted = hash.digest('hex')
  const isThere = (await fs.pathExists(stamp)) && (await fs.readFile(stamp, 'utf8')) === wanted
  if (isThere) return false
  const folder = path.join(cache, name)
  await fs.remove(stamp)
  await fs.emptyDir(folder)
  await fill(folder)
  // Last: what was interrupted is begun anew.
  await fs.writeFile(stamp, wanted)
  return true
}
