/** The node is a container ("KIC"): ports, bind mounts and subnets are fixed when it is made. */
export function isContainerDriver(driver: string): driver is 'docker' | 'podman' {
  return driver === 'docker' || driver === 'podman'
}

/** Drivers whose `--mount-string` is a 9p process started anew with the cluster; the others fix it at creation. */
export function mountsAtStart(driver: string): boolean {
  return !isContainerDriver(driver) && driver !== 'vfkit' && driver !== 'krunkit'
}
