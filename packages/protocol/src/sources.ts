import { z } from 'zod';
import { tagged } from './tagged.ts';

const base64Source = z.looseObject({
  type: z.literal('base64'),
  /** `image/png`, `application/pdf`, `video/mp4`, … */
  media_type: z.string(),
  data: z.string(),
});

const urlSource = z.looseObject({ type: z.literal('url'), url: z.string() });

const textSource = z.looseObject({
  type: z.literal('text'),
  media_type: z.string().optional(),
  data: z.string(),
});

const contentSource = z.looseObject({
  type: z.literal('content'),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]),
});

const s3Source = z.looseObject({
  type: z.literal('streambed:s3'),
  /** `s3://bucket/key` */
  uri: z.string(),
  /** The account that owns the bucket, where it isn't the caller's. */
  bucket_owner: z.string().optional(),
  media_type: z.string(),
});

/** Where an image, document, video or audio clip comes from. */
export const sourceSchema = tagged('Source', {
  base64: base64Source,
  url: urlSource,
  text: textSource,
  content: contentSource,
  'streambed:s3': s3Source,
});

export type Base64Source = z.infer<typeof base64Source>;
/** Bedrock fetches nothing from the web: families refuse it. Kept, so that a surface may fetch it first. */
export type UrlSource = z.infer<typeof urlSource>;
export type TextSource = z.infer<typeof textSource>;
export type ContentSource = z.infer<typeof contentSource>;
/** An object in S3 (Bedrock only; Nova reads it, Claude does not). */
export type S3Source = z.infer<typeof s3Source>;
export type KnownSource = Base64Source | UrlSource | TextSource | ContentSource | S3Source;
export type Source = z.infer<typeof sourceSchema>;

/** Whether `source` is of the known kind `type`; narrows the type. */
export function isSource<T extends KnownSource['type']>(
  source: Source | KnownSource,
  type: T,
): source is Extract<KnownSource, { type: T }> {
  return source.type === type;
}
