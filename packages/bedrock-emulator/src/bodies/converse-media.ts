import type { ModelFacts } from '@streambed/model-facts';
import { validationError } from '../errors.ts';
import type { TurnDocument } from '../turn.ts';
import { type Constraints, type Place, structure, union } from './constraints.ts';
import type { ConverseDialect } from './converse-dialect.ts';
import { ModelRefusal } from './model-error.ts';

const imageFormats = ['png', 'jpeg', 'gif', 'webp'] as const;
const documentFormats = ['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'] as const;
const videoFormats = ['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv', 'three_gp'] as const;
const audioFormats = [
  'mp3',
  'opus',
  'wav',
  'aac',
  'flac',
  'mp4',
  'ogg',
  'mkv',
  'mka',
  'x-aac',
  'm4a',
  'mpeg',
  'mpga',
  'pcm',
  'webm',
] as const;

/** AWS's limits: 3.75 MB an image, 4.5 MB a document. */
const maxImageBytes = 3_932_160;
const maxDocumentBytes = 4_718_592;

/** What reading a request's images and documents needs, and what it counts. */
export interface MediaReader {
  readonly model: ModelFacts;
  readonly dialect: ConverseDialect;
  readonly constraints: Constraints;
  readonly documents: TurnDocument[];
  readonly documentNames: Set<string>;
  /** What the model will say once AWS's own checks have passed. */
  readonly later: (() => void)[];
  images: number;
}

/** Each returns what the engine is told of it: `image/png`, `application/pdf`, … */
export function readImage(place: Place, value: unknown, reader: MediaReader): string {
  const { constraints, model } = reader;
  const image = structure(place, value, ['format', 'source', 'error']) ?? {};
  if (!model.modalities.input.includes('image')) throw unsupported('image', 'user');
  const format = constraints.oneOf([...place, 'format'], image.format, imageFormats);
  reader.images += 1;
  const bytes = readSource([...place, 'source'], image.source, ['bytes', 's3Location'], reader);
  if (bytes !== undefined) checkImage(place, format, bytes, reader);
  return `image/${format}`;
}

export function readDocument(place: Place, value: unknown, reader: MediaReader, inResult: boolean): string {
  const { constraints, model, dialect } = reader;
  const document = structure(place, value, ['format', 'name', 'source', 'context', 'citations']) ?? {};
  const format =
    document.format === undefined
      ? 'txt'
      : constraints.oneOf([...place, 'format'], document.format, documentFormats);
  const name = constraints.text([...place, 'name'], document.name, { min: 1, max: 200 }) ?? '';
  constraints.text([...place, 'context'], document.context, { optional: true, min: 1 });
  const citations = structure([...place, 'citations'], document.citations, ['enabled']);
  const [kind, source] = union([...place, 'source'], document.source, 'DocumentSource', [
    'bytes',
    's3Location',
    'text',
    'content',
  ]);
  if (withoutDocuments.test(model.id))
    // The words are reported for Converse models without documents.
    throw validationError("This model doesn't support documents.");
  checkName(name, reader);

  if (kind === 's3Location') readS3(place, source, reader, inResult);
  const bytes = kind === 'bytes' ? readBytes([...place, 'source', 'bytes'], source, reader) : undefined;
  const freeSize = format === 'pdf' && /claude-(?!3|v|instant)/.test(model.id);
  if (bytes !== undefined && bytes.length > maxDocumentBytes && !freeSize)
    // No source has AWS's words for a document that is too large.
    throw validationError(
      `The document at ${place.join('.')} exceeds the maximum size of 4.5 MB. Reduce its size and try again.`,
    );
  reader.documents.push({
    title: name,
    ...textOf([...place, 'source'], kind, source, format, bytes, reader),
    cited: citations?.enabled === true && dialect.kind === 'claude',
    unit: kind === 'content' ? 'chunk' : format === 'pdf' && kind === 'bytes' ? 'page' : 'char',
  });
  return format === 'pdf' ? 'application/pdf' : `document/${format}`;
}

export function readVideo(place: Place, value: unknown, reader: MediaReader): string {
  const video = structure(place, value, ['format', 'source']) ?? {};
  if (!reader.model.modalities.input.includes('video')) throw unsupported('video', 'user');
  const format = reader.constraints.oneOf([...place, 'format'], video.format, videoFormats);
  readSource([...place, 'source'], video.source, ['bytes', 's3Location'], reader);
  return `video/${format}`;
}

export function readAudio(place: Place, value: unknown, reader: MediaReader): string {
  const audio = structure(place, value, ['format', 'source', 'error']) ?? {};
  if (!reader.model.modalities.input.includes('audio')) throw unsupported('audio', 'user');
  const format = reader.constraints.oneOf([...place, 'format'], audio.format, audioFormats);
  readSource([...place, 'source'], audio.source, ['bytes', 's3Location'], reader);
  return `audio/${format}`;
}

/** Reported for images of models that take none. */
export function unsupported(field: string, role: 'user' | 'assistant'): Error {
  return validationError(`This model doesn't support the ${field} field for ${role} messages.`);
}

/** The rules over all of a request's media. */
export function checkMedia(reader: MediaReader): void {
  // Reported.
  if (reader.documents.length > 5)
    throw validationError("You can't include more than 5 documents in a request.");
  if (reader.images > 20) {
    // Claude's is reported; for the others the words about documents are taken over.
    if (reader.dialect.kind === 'claude')
      throw new ModelRefusal('messages: too many images: image_count > 20');
    throw validationError("You can't include more than 20 images in a request.");
  }
}

/**
 * Converse turns documents into text on their way, PDFs too: AWS's table of features has them for nearly all models,
 * also for those that know nothing but text.
 */
const withoutDocuments = /^(amazon\.nova-micro|ai21\.j2|mistral\.mistral-small-2402)/;

/** All three texts are reported. AWS's list of characters leaves `_` out, but takes it. */
function checkName(name: string, reader: MediaReader): void {
  if (!/^[a-zA-Z0-9\s\-()[\]_]*$/.test(name) || /\s\s/.test(name))
    throw validationError(
      "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.",
    );
  if (reader.documentNames.has(name))
    throw validationError("Messages can't contain duplicate document names.");
  reader.documentNames.add(name);
}

function readSource(
  place: Place,
  value: unknown,
  keys: readonly string[],
  reader: MediaReader,
): Buffer | undefined {
  const [kind, source] = union(place, value, 'Source', keys);
  if (kind === 'bytes') return readBytes([...place, 'bytes'], source, reader);
  checkS3([...place, 's3Location'], source, reader);
  // Recorded for Claude.
  if (reader.dialect.kind !== 'nova' && reader.dialect.kind !== 'other')
    throw validationError("This model doesn't support the s3Uri field. Remove s3Uri and try again.");
  return undefined;
}

/** Claude refuses it in the model's own words, Nova 2 refuses the tool result that holds it (both recorded). */
function readS3(place: Place, source: unknown, reader: MediaReader, inResult: boolean): void {
  checkS3([...place, 'source', 's3Location'], source, reader);
  if (reader.dialect.kind === 'nova') {
    if (inResult)
      throw new ModelRefusal(
        `Malformed input request: #/${place.slice(0, 4).join('/')}: extraneous key [toolResult] is not permitted, please reformat your input and try again.`,
      );
    return;
  }
  if (reader.dialect.kind === 'claude')
    reader.later.push(() => {
      throw new ModelRefusal(`${place.join('.')}.source.type: Field required`);
    });
  else throw validationError("This model doesn't support the s3Uri field. Remove s3Uri and try again.");
}

function checkS3(place: Place, source: unknown, reader: MediaReader): void {
  const location = structure(place, source, ['uri', 'bucketOwner']) ?? {};
  reader.constraints.text([...place, 'uri'], location.uri, {
    min: 1,
    max: 1024,
    pattern: 's3://[a-z0-9][.\\-a-z0-9]{1,61}[a-z0-9](?:/.*)?',
  });
  reader.constraints.text([...place, 'bucketOwner'], location.bucketOwner, {
    optional: true,
    pattern: '[0-9]{12}',
  });
}

function readBytes(place: Place, value: unknown, reader: MediaReader): Buffer | undefined {
  const text = reader.constraints.text(place, value, { min: 1 });
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}

/** Anthropic's own words: Converse passes them on. Other models aren't known to look so closely. */
function checkImage(place: Place, format: string | undefined, bytes: Buffer, reader: MediaReader): void {
  const at = `${place.slice(0, 4).join('.')}.image.source.base64`;
  if (bytes.length > maxImageBytes) {
    reader.later.push(() => {
      throw new ModelRefusal(
        `${at}: image exceeds 5 MB maximum: ${Math.ceil(bytes.length / 3) * 4} bytes > 5242880 bytes`,
      );
    });
    return;
  }
  if (reader.dialect.kind !== 'claude') return;
  const found = imageFormatOf(bytes);
  if (found === format || format === undefined) return;
  reader.later.push(() => {
    throw new ModelRefusal(
      found === undefined
        ? 'Could not process image'
        : `${at}: The image was specified using the image/${format} media type, but the image appears to be a image/${found} image`,
    );
  });
}

/** By its first bytes. */
function imageFormatOf(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])))
    return 'png';
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'jpeg';
  const start = bytes.subarray(0, 12).toString('latin1');
  if (/^GIF8[79]a/.test(start)) return 'gif';
  if (/^RIFF....WEBP/s.test(start)) return 'webp';
  return undefined;
}

/** What the engine may quote: of formats that are text, or that were sent as text. */
function textOf(
  place: Place,
  kind: string,
  source: unknown,
  format: string | undefined,
  bytes: Buffer | undefined,
  reader: MediaReader,
): { readonly text?: string } {
  if (kind === 'text') return { text: reader.constraints.text([...place, 'text'], source, { min: 1 }) ?? '' };
  if (kind === 'content') {
    const pieces = reader.constraints.list([...place, 'content'], source, 1).map((piece, nth) => {
      const [, text] = union([...place, 'content', nth], piece, 'DocumentContentBlock', ['text']);
      return reader.constraints.text([...place, 'content', nth, 'text'], text, { min: 1 }) ?? '';
    });
    return { text: pieces.join('\n') };
  }
  const readable = ['csv', 'html', 'txt', 'md'].includes(format ?? '');
  return readable && bytes !== undefined ? { text: bytes.toString('utf8') } : {};
}
