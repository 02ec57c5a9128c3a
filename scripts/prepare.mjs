// `npm install` in a clone leaves a devk8s that runs: the bundle and the JSON Schemas are built by it.
import { $ } from 'zx'

$.verbose = false
await $`node ${new URL('build.mjs', import.meta.url).pathname}`
