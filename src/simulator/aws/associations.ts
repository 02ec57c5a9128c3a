import type { PodIdentityAssociation } from '../../ports/aws.ts'

/** EKS Pod Identity in the cluster acme-staging, as far as profiles/acme has the service accounts; one has no place there. */
export function associationsIn(cluster: string, account: string): readonly PodIdentityAssociation[] {
  if (cluster !== 'acme-staging') return []
  const role = (name: string, of = account) => `arn:aws:iam::${of}:role/${name}`
  return [
    { namespace: 'ledger', serviceAccount: 'ledger', roleArn: role('ledger') },
    {
      namespace: 'payments',
      serviceAccount: 'exports',
      roleArn: role('eks/pod-identity'),
      targetRoleArn: role('exports', '210987654321'),
      // As EKS makes it, from region, account, cluster, namespace and service account.
      externalId: `eu-west-1/${account}/acme-staging/payments/exports`,
    },
    { namespace: 'payments', serviceAccount: 'reports', roleArn: role('payments-reports') },
    { namespace: 'shop', serviceAccount: 'default', roleArn: role('shop') },
  ]
}
