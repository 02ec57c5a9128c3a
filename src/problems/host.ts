// Problems of the DK6xxx family: the machine itself.
import type { ProblemKind } from './problem.ts'

export const fileNotPermitted: ProblemKind = {
  code: 'DK6001',
  title: 'No permission for a file',
  exit: 4,
  hint: 'devk8s works as the user who runs it and never with sudo. A file or folder it needs belongs to somebody else, most often after a tool was once run with sudo. Give it back to your user.',
}

export const diskFull: ProblemKind = {
  code: 'DK6002',
  title: 'The disk is full',
  exit: 4,
  hint: 'A local cluster needs room for images and volumes, and minikube fails in unclear ways once the disk is full. Free some space; devk8s continues where it stopped.',
}

export const fileRefused: ProblemKind = {
  code: 'DK6003',
  title: 'A file cannot be read or written',
  exit: 1,
  hint: 'The file system refused. What lies at the path is not what devk8s expects there, or the file system is read-only or damaged.',
}

export const pathNotRemovable: ProblemKind = {
  code: 'DK6004',
  title: 'A path will not be removed',
  exit: 4,
  hint: 'devk8s removes only what it made. The path it worked out is not absolute, or is a whole disk, your home or a folder above it, most often because a variable such as XDG_DATA_HOME holds something odd. Correct the variable.',
}

export const architectureUnknown: ProblemKind = {
  code: 'DK6010',
  title: 'There is no minikube for this processor',
  exit: 4,
  hint: 'minikube and kubectl are published for amd64 (x86-64) and arm64. On any other processor no local cluster can run; a rehearsal can.',
}

export const cpusShort: ProblemKind = {
  code: 'DK6011',
  title: 'Too few processors',
  exit: 4,
  hint: 'Kubernetes refuses a node with fewer than two processors, and minikube refuses more than there are. Ask for another number, or give Docker Desktop more under Settings, Resources.',
}

export const memoryShort: ProblemKind = {
  code: 'DK6012',
  title: 'Too little memory',
  exit: 4,
  hint: 'A node without enough memory starts and then loses its API server at random. Ask for less, close programs, or give Docker Desktop more under Settings, Resources: 4 GiB are enough to begin with.',
}

export const diskShort: ProblemKind = {
  code: 'DK6013',
  title: 'Too little disk space',
  exit: 4,
  hint: 'Base image, tools and container images need several gigabytes, and minikube fails in unclear ways once the disk is full.',
}

export const virtualizationAbsent: ProblemKind = {
  code: 'DK6014',
  title: 'The machine offers no virtualization',
  exit: 4,
  hint: 'The chosen driver runs the node in a virtual machine. Turn virtualization (VT-x, AMD-V) on in the firmware, or use a driver that runs it in a container.',
}

export const portTaken: ProblemKind = {
  code: 'DK6015',
  title: 'A port is taken',
  exit: 4,
  hint: 'The profile publishes this port of the node on your machine, and another program listens there. Stop that program, or publish another port. Ports can only be chosen when the cluster is made.',
}

export const clockWrong: ProblemKind = {
  code: 'DK6016',
  title: 'The clock is wrong',
  exit: 4,
  hint: 'Certificates are valid from and until a time, so with a wrong clock every encrypted connection fails, and AWS refuses signatures that are minutes off.',
}

export const wslTooOld: ProblemKind = {
  code: 'DK6020',
  title: 'WSL 1 cannot run a cluster',
  exit: 4,
  hint: 'WSL 1 translates system calls and has no Linux kernel, so neither Docker nor a virtual machine runs in it. Convert the distribution to WSL 2.',
}

export const wslWindowsFolder: ProblemKind = {
  code: 'DK6021',
  title: 'A folder lies on the Windows disk',
  exit: 4,
  hint: 'Below /mnt/c permissions are not kept, so private keys would be open to everyone, and file access is many times slower. Keep these folders in the Linux home.',
}

export const wslWindowsProgram: ProblemKind = {
  code: 'DK6022',
  title: 'A Windows program is used inside WSL',
  exit: 4,
  hint: 'minikube.exe refuses to work inside WSL (MK_WRONG_BINARY_WSL), because it would manage another machine. Use the Linux program.',
}

export const dockerAbsent: ProblemKind = {
  code: 'DK6030',
  title: 'Docker is not installed',
  exit: 4,
  hint: 'The driver docker runs the node as a container. Install Docker, or choose another driver.',
}

export const dockerDown: ProblemKind = {
  code: 'DK6031',
  title: 'Docker is not running',
  exit: 4,
  hint: 'The docker command is there, but no daemon answers at the address it uses. Start Docker, or check DOCKER_HOST and the docker context.',
}

export const dockerDenied: ProblemKind = {
  code: 'DK6032',
  title: 'You may not use Docker',
  exit: 4,
  hint: 'The daemon runs, but its socket is closed to your user. Members of the group docker may use it; a new group counts from the next login.',
}

export const dockerHangs: ProblemKind = {
  code: 'DK6033',
  title: 'Docker does not answer',
  exit: 4,
  hint: 'The daemon accepts connections and says nothing, so every docker command would wait without end. Restart Docker.',
}

export const dockerWindowsContainers: ProblemKind = {
  code: 'DK6034',
  title: 'Docker runs Windows containers',
  exit: 4,
  hint: 'A Kubernetes node is a Linux container. Switch Docker Desktop to Linux containers.',
}

export const dockerTooOld: ProblemKind = {
  code: 'DK6035',
  title: 'minikube does not accept this Docker',
  exit: 4,
  hint: 'minikube needs Docker 18.09, advises 20.10, and rejects a few releases of Docker Desktop that break it. Update Docker.',
}

export const dockerContextUnknown: ProblemKind = {
  code: 'DK6036',
  title: 'The docker context does not exist',
  exit: 4,
  hint: 'DOCKER_CONTEXT or the docker configuration names a context that was removed, often by uninstalling Docker Desktop, Colima or the like.',
}

export const dockerIsPodman: ProblemKind = {
  code: 'DK6037',
  title: 'docker is really podman',
  exit: 4,
  hint: 'A package puts podman in the place of the docker command. minikube has a driver of its own for podman.',
}

export const dockerUnusable: ProblemKind = {
  code: 'DK6038',
  title: 'Docker cannot be used',
  exit: 4,
  hint: 'docker info failed for a reason that devk8s has no advice for; it is quoted. Run it by hand until it succeeds.',
}

export const driverAbsent: ProblemKind = {
  code: 'DK6040',
  title: 'The driver is not installed',
  exit: 4,
  hint: 'The driver is what runs the node: a container program or a virtual machine. Install it, or choose another one with --driver.',
}

export const driverNotForSystem: ProblemKind = {
  code: 'DK6041',
  title: 'The driver does not exist for this system',
  exit: 4,
  hint: 'Each system has its own virtual machines. Choose another driver with --driver, or auto in the profile when a team works on several systems.',
}

export const driverUnhealthy: ProblemKind = {
  code: 'DK6042',
  title: 'The driver is installed, but does not work',
  exit: 4,
  hint: 'A service is not running, or your user is not in the group that may use it.',
}

export const runsAsRoot: ProblemKind = {
  code: 'DK6043',
  title: 'devk8s runs as root',
  exit: 4,
  hint: 'minikube refuses to work as root with these drivers, and files made as root would be in your way later. Run devk8s as yourself, without sudo.',
}

export const changeOfMachine: ProblemKind = {
  code: 'DK6050',
  title: 'A check of the machine was to change it',
  exit: 70,
  hint: 'Checks of the machine only look. This is a fault in devk8s or a saved plan that was edited; please report it.',
}
