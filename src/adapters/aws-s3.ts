import { GetObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/**
 * The text of an object; undefined when there is none. A bucket of another region is asked for there: S3 names it in
 * its refusal, and the client follows. At an address of one's own the bucket goes into the path, since no DNS of
 * anybody's has a name for every bucket there.
 */
export async function readS3Object(
  { bucket, key }: { readonly bucket: string; readonly key: string },
  options: S3ClientConfig,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const client = new S3Client({
    ...options,
    followRegionRedirects: true,
    forcePathStyle: options.endpoint !== undefined,
    // Checksums beyond what S3 requires would load code for each algorithm.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal })
    return (await Body?.transformToString('utf-8')) ?? ''
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined
    throw error
  } finally {
    client.destroy()
  }
}
