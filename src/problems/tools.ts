// Problems of the DK1xxx family: the programs devk8s runs and fetches.
import type { ProblemKind } from './problem.ts'

export const programMissing: ProblemKind = {
  code: 'DK1001',
  title: 'A program is missing',
  exit: 4,
  hint: 'devk8s calls this program and did not find it on your PATH. Install it, or open a new terminal if it was installed a moment ago.',
}

export const programNotStartable: ProblemKind = {
  code: 'DK1002',
  title: 'A program cannot be started',
  exit: 4,
  hint: 'The file is there, but the system refuses to run it: it is not executable, was built for another processor, or lies on a file system mounted with noexec.',
}

export const programTalksWithoutEnd: ProblemKind = {
  code: 'DK1003',
  title: 'A program printed without end',
  exit: 1,
  hint: 'The output was larger than anything this program normally prints, so it was stopped. Run the command by hand to see what it says.',
}

export const wrongChecksum: ProblemKind = {
  code: 'DK1010',
  title: 'The downloaded file is not the one that was asked for',
  exit: 1,
  hint: 'Its sha256 differs from the pinned or published one, so it was thrown away. A proxy that rewrites downloads, a stale mirror or a wrong pin are the usual reasons; an attack is the one that matters.',
}

export const downloadTruncated: ProblemKind = {
  code: 'DK1011',
  title: 'The download ends too early',
  exit: 1,
  hint: 'The server announced more than it sent, several times. What arrived is kept and the next run goes on from there. If it never ends well, set another mirror in the profile.',
}

export const downloadIsWebPage: ProblemKind = {
  code: 'DK1012',
  title: 'A web page came instead of the program',
  exit: 4,
  hint: 'Something between here and the server answered for it: the sign-in page of a network, or the block page of a company proxy. Open the address in a browser to see what it wants.',
}

export const noSuchRelease: ProblemKind = {
  code: 'DK1013',
  title: 'There is no such version to download',
  exit: 4,
  hint: 'The server has no file at that address. Check the version in the profile, and whether the mirror uses the layout of the publisher.',
}

export const downloadRefused: ProblemKind = {
  code: 'DK1014',
  title: 'The server refuses the download',
  exit: 4,
  hint: 'The server is there and says no, or fails each time it is asked. A mirror that needs a login, a proxy rule or an outage are the usual reasons.',
}

export const checksumUnreadable: ProblemKind = {
  code: 'DK1015',
  title: 'The checksum file holds no checksum',
  exit: 4,
  hint: 'Nothing is installed unverified. The file beside the download must begin with the 64 hexadecimal digits of its sha256; or pin the checksum in the profile.',
}

export const toolOnPathDiffers: ProblemKind = {
  code: 'DK1020',
  title: 'The program on PATH does not fit',
  exit: 4,
  hint: 'The profile lets a program of yours serve, but this one is of another version or does not say its version. Update it, or let devk8s install its own beside it with usePath: false.',
}
