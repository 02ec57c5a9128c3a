/** The steps of `minikube start` in minikube's order; a step's number is its place (totalsteps is 19, clause 11). */
export const startSteps = [
  'Initial Minikube Setup',
  'Selecting Driver',
  'Downloading Artifacts',
  'Starting Node',
  'Updating Driver',
  'Pulling Base Image',
  'Running on Localhost',
  'Local OS Release',
  'Creating Container',
  'Creating VM',
  'Running Remotely',
  'Preparing Kubernetes',
  'Generating certificates',
  'Booting control plane',
  'Configuring RBAC rules',
  'Configuring CNI',
  'Configuring Localhost Environment',
  'Verifying Kubernetes',
  'Enabling Addons',
  'Done',
] as const

export const stopSteps = ['Stopping', 'PowerOff', 'Done'] as const
/** `Puring home dir` is minikube's own spelling (recorded 031). */
export const deleteSteps = ['Deleting', 'Waiting', 'Done', 'Puring home dir'] as const
