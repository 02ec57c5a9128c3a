import type { ProblemKind } from './problem.ts'

export const toolMissing: ProblemKind = {
  code: 'DK1001',
  title: 'A program that devk8s needs is not there',
  exit: 1,
  hint: 'devk8s installs minikube and kubectl itself; everything else comes from your system. Run devk8s up, or install the named program.',
}
