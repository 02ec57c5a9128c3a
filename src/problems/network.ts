// Problems of the DK7xxx family: the way to the network.
import type { ProblemKind } from './problem.ts'

export const nameNotFound: ProblemKind = {
  code: 'DK7001',
  title: 'The name of a server does not resolve',
  exit: 4,
  hint: 'Either there is no network, or names are resolved by a server that does not know this one: a VPN that is off, or a company network where only the proxy resolves outside names.',
}

export const connectionRefused: ProblemKind = {
  code: 'DK7002',
  title: 'The server cannot be reached',
  exit: 4,
  hint: 'The name is known, but nothing answers there. A firewall, a VPN that is off, or a network that only lets a proxy out are the usual reasons.',
}

export const connectionTimedOut: ProblemKind = {
  code: 'DK7003',
  title: 'The server does not answer in time',
  exit: 1,
  hint: 'It was tried several times. A firewall that drops packets looks like this, and so does a very slow line. What has arrived is kept and the next run goes on from there.',
}

export const certificateNotTrusted: ProblemKind = {
  code: 'DK7004',
  title: 'The certificate of the server is not trusted',
  exit: 4,
  hint: 'In a company this is most often a proxy that opens encrypted traffic and signs it with a CA of its own. Node does not read the system store of certificates: give it the CA with NODE_EXTRA_CA_CERTS. Never turn verification off.',
}

export const connectionCut: ProblemKind = {
  code: 'DK7005',
  title: 'The connection breaks again and again',
  exit: 1,
  hint: 'It was tried several times. What has arrived is kept and the next run goes on from there.',
}

export const proxyFails: ProblemKind = {
  code: 'DK7006',
  title: 'The proxy does not let this through',
  exit: 4,
  hint: 'The proxy variables are set and name a proxy that cannot be reached, wants a login, or forbids this address. Correct them, or name the host in NO_PROXY.',
}

export const networkFails: ProblemKind = {
  code: 'DK7007',
  title: 'The network call failed',
  exit: 1,
  hint: 'The system gave a reason that devk8s has no advice for; it is quoted. A mirror can be set in the profile.',
}

export const proxyMalformed: ProblemKind = {
  code: 'DK7010',
  title: 'A proxy variable holds no address',
  exit: 4,
  hint: 'Programs differ in what they make of a broken value: some fail, some go round the proxy in silence. Write it as http://host:port.',
}

export const proxyHidesCluster: ProblemKind = {
  code: 'DK7011',
  title: 'The cluster would be asked for through the proxy',
  exit: 4,
  hint: 'The node has an address of its own on this machine, which no proxy can reach. NO_PROXY must name it, or kubectl and minikube time out.',
}

export const caCertificateUnusable: ProblemKind = {
  code: 'DK7020',
  title: 'A CA certificate of the profile cannot be used',
  exit: 4,
  hint: 'devk8s splits and renames what it is given so that minikube installs it in the node; a file that holds no certificate would be passed over in silence, and the first image pull would fail much later.',
}

export const addressesCollide: ProblemKind = {
  code: 'DK7030',
  title: 'Address ranges collide',
  exit: 4,
  hint: 'The cluster is to use addresses that a network of this machine already has, most often a VPN. The node would not be reachable. Choose another range in the profile.',
}
