import type { AwsSource } from '../ports/aws.ts'
import { importSourceOpen, notAnEksCluster } from '../problems/aws-import.ts'
import { nearest } from '../problems/nearest.ts'
import { fail } from '../problems/problem.ts'
import type { Profile, RemoteContextSpec } from '../profile/profile.ts'

/** An EKS cluster, and as whom it is asked. */
export interface ImportSource {
  readonly cluster: string
  readonly source: AwsSource
  /** Tried where the person's own identity may not ask, as with `contexts sync`. */
  readonly roleArn?: string
  /** Of a context, which is signed in to by itself, whatever the team's own is. */
  readonly awsProfile?: string
  /** What else could have been meant: the contexts of EKS clusters, where the name is none of theirs. */
  readonly contexts?: readonly string[]
}

type Eks = NonNullable<RemoteContextSpec['eks']>
type Of = Pick<Profile, 'name' | 'contexts' | 'aws'>

/**
 * What `--cluster` means: a context of the profile by its name or alias, else a cluster by its name in EKS, which a
 * context may know the account and region of.
 * @throws DevK8sError DK5121 for what can be neither.
 */
export function importSource(named: string, { contexts, aws }: Of): ImportSource {
  const context = contexts.find((each) => each.name === named || each.aliases?.includes(named) === true)
  const ofContext = context?.eks ?? contexts.find(({ eks }) => eks?.cluster === named)?.eks
  if (ofContext?.cluster !== undefined) return sourceOf(ofContext, aws)
  const others = eksContexts({ contexts })
  if (context !== undefined) {
    fail(notAnEksCluster, {
      detail:
        context.eks === undefined
          ? `The context ${named} of the profile is no EKS cluster.`
          : `The context ${named} stands for every cluster with its tags: name one of them.`,
      next: others.map(importCommand),
    })
  }
  if (!isEksName(named)) {
    const meant = nearest(named, others)
    fail(notAnEksCluster, {
      detail: `“${named}” is neither a context of the profile nor a name that EKS takes.`,
      next: meant === undefined ? others.map(importCommand) : [importCommand(meant)],
    })
  }
  const { profile, region } = aws ?? {}
  return {
    cluster: named,
    contexts: others,
    source: { ...(profile === undefined ? {} : { profile }), ...(region === undefined ? {} : { region }) },
  }
}

/** It names a file as well, so it leads out of no folder. */
export const isEksName = (name: string): boolean => /^[A-Za-z0-9][\w-]{0,99}$/.test(name)

/** Contexts of the profile that are one EKS cluster each. */
export const eksContexts = ({ contexts }: Pick<Profile, 'contexts'>): readonly string[] =>
  contexts.flatMap(({ name, eks }) => (eks?.cluster === undefined ? [] : [name]))

/** @throws DevK8sError DK5120, with the contexts there are. */
export function refuseOpen({ name, contexts }: Of): never {
  const names = eksContexts({ contexts })
  return fail(importSourceOpen, {
    detail:
      names.length === 0
        ? `The profile ${name} has no context with \`eks\`.`
        : `The profile ${name} has ${names.length} contexts of EKS clusters: ${names.join(', ')}.`,
    next: names.length === 0 ? ['devk8s aws import --cluster NAME'] : names.map(importCommand),
  })
}

export const importCommand = (name: string): string => `devk8s aws import --cluster ${name}`

export const forgetCommand = (name: string): string => `${importCommand(name)} --remove`

function sourceOf({ cluster = '', region, awsProfile, roleArn }: Eks, aws: Profile['aws']): ImportSource {
  const profile = awsProfile ?? aws?.profile
  const place = region ?? aws?.region
  return {
    cluster,
    source: {
      ...(profile === undefined ? {} : { profile }),
      ...(place === undefined ? {} : { region: place }),
    },
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(awsProfile === undefined ? {} : { awsProfile }),
  }
}
