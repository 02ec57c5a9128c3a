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

/**
 * All that changes what is in a registry, repositories and their rules among it (facts aws, 10.2; service authorization
 * reference of ECR, access levels Write, Permissions management and Tagging), and in the public one; a pull needs none. By
 * the beginning of the word, so that what AWS adds is among it.
 */
export const pushActions: readonly string[] = [
  ...imagePushActions,
  'ecr:Create*',
  'ecr:Delete*',
  'ecr:Put*',
  'ecr:Set*',
  'ecr:Update*',
  'ecr:ReplicateImage',
  'ecr:TagResource',
  'ecr:UntagResource',
  ...['BatchDelete', 'Complete', 'Create', 'Delete', 'Initiate', 'Put', 'Set', 'Tag', 'Untag', 'Upload'].map(
    (word) => `ecr-public:${word}*`,
  ),
]
