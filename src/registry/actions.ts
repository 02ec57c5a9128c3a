/** What a pull begins with. IAM knows it for the caller alone, never for one repository (ECR API reference). */
export const tokenAction = 'ecr:GetAuthorizationToken'

/** What a pull asks for in each repository; the last one only by clients of docker's older protocol (facts aws, 10.2). */
export const pullActions: readonly string[] = [
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchCheckLayerAvailability',
]

/** What the first pull of an image through a cache of another registry asks for besides (facts aws, 8). */
export const cacheActions: readonly string[] = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository']

/** What changes the images of a repository. */
export const imagePushActions: readonly string[] = [
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
  'ecr:BatchDeleteImage',
]

/** All that changes what is in a registry, repositories and their rules among it (facts aws, 10.2); a pull needs none. */
export const pushActions: readonly string[] = [
  ...imagePushActions,
  'ecr:CreateRepository',
  'ecr:CreateRepositoryCreationTemplate',
  'ecr:DeleteRepository',
  'ecr:PutReplicationConfiguration',
  'ecr:SetRepositoryPolicy',
  'ecr:DeleteRepositoryPolicy',
]
