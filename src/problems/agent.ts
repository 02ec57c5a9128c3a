// Problems of the AWS agent in the cluster: DK5110 to DK5119.
import type { ProblemKind } from './problem.ts'

export const agentProgramMissing: ProblemKind = {
  code: 'DK5110',
  title: 'The AWS agent’s program is not in this package',
  exit: 70,
  hint: 'The program that answers pods is a file of the devk8s package, dist/agent/agent.cjs; without it there is nothing to start in the cluster. Install devk8s anew; from a clone of its repository, `npm run build` makes it. Until then `aws.lane: env` in the profile gives pods keys in environment variables.',
}

export const routesRefused: ProblemKind = {
  code: 'DK5111',
  title: 'A node did not take the rules for the metadata addresses',
  exit: 1,
  hint: 'Pods with kube2iam’s annotation, and SDKs from before 2024, ask link-local addresses on port 80; three rules of iptables inside the node lead them to the AWS agent. Pods that ask port 8170 get their credentials all the same.',
}

export const nodeUnreachable: ProblemKind = {
  code: 'DK5112',
  title: 'No node of the cluster can be looked into',
  exit: 1,
  hint: 'The rules that lead the metadata addresses to the AWS agent are inside the nodes, where `minikube ssh` reaches. A cluster that has just been started may take a moment; one whose containers or machines were changed behind minikube’s back may need `devk8s up`.',
}

export const sessionsForeign: ProblemKind = {
  code: 'DK5115',
  title: 'The Secret for AWS sessions is somebody else’s',
  exit: 1,
  hint: 'The agent reads its sessions from one Secret, devk8s-system/devk8s-aws-sessions. The one that is there was not made by devk8s, which writes over nothing of others: delete it, or keep it elsewhere under another name.',
}

export const agentNamespaceMissing: ProblemKind = {
  code: 'DK5116',
  title: 'The AWS agent is not in the cluster',
  exit: 1,
  hint: 'The agent and all that it is told live in a namespace of their own, which `devk8s up` makes. Somebody deleted it; pods get no AWS sessions until it is back.',
}

export const routesLeft: ProblemKind = {
  code: 'DK5113',
  title: 'A node kept the rules for the metadata addresses',
  exit: 1,
  hint: 'They lead three link-local addresses on port 80 to an agent that is no longer there, so whoever asks them gets no answer, as without them. They are gone after `devk8s down`, since they last only as long as the node runs.',
}

export const agentNotReady: ProblemKind = {
  code: 'DK5114',
  title: 'The AWS agent is not ready',
  exit: 1,
  hint: 'The agent runs on every node and answers pods that ask for credentials; until it is ready they get none. Usually it is a matter of seconds; where it is not, its pod says why.',
}

export const agentImageMissing: ProblemKind = {
  code: 'DK5117',
  title: 'The image of the AWS agent cannot be pulled',
  exit: 4,
  hint: 'The agent runs in Node’s own image from Docker Hub, which each node pulls once, 58 MB. Where Docker Hub is not to be reached, name a mirror of it in the profile (`cluster.registryMirrors`) or set HTTPS_PROXY before `devk8s up`, which hands it to the node; both take effect when the cluster is made anew. Docker Hub also turns away who pulled too often within six hours.',
}

export const agentCrashes: ProblemKind = {
  code: 'DK5118',
  title: 'The AWS agent starts and ends again and again',
  exit: 4,
  hint: 'Until it runs, pods get no AWS credentials. Its log says why it ended. Until that is mended, `aws.lane: env` in the profile gives pods keys in environment variables, without an agent.',
}

export const lanesBroken: ProblemKind = {
  code: 'DK5119',
  title: 'What pods ask does not reach the AWS agent',
  exit: 1,
  hint: 'An address and three rules of iptables inside the node lead pods to the agent. They are gone when the node restarts, and whatever puts rules of its own before them takes the requests. `devk8s up` and `devk8s doctor --fix` put them back.',
}
