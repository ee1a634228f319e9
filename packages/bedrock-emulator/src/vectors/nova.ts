import { Problems, readObject } from '../bodies/problems.ts';
import { countTokens } from '../engine/tokens.ts';
import { embedText } from './embed-text.ts';
import { readDimensions } from './titan.ts';
import type { VectorBody } from './vector-body.ts';
import { floats } from './vector-forms.ts';

const purposes = [
  'GENERIC_INDEX',
  'GENERIC_RETRIEVAL',
  'TEXT_RETRIEVAL',
  'IMAGE_RETRIEVAL',
  'VIDEO_RETRIEVAL',
  'DOCUMENT_RETRIEVAL',
  'AUDIO_RETRIEVAL',
  'CLASSIFICATION',
  'CLUSTERING',
];
const kinds = ['text', 'image', 'video', 'audio'];

/** Nova Multimodal Embeddings, one input at a time. What is no text counts by the beginning of its JSON. */
export const novaEmbed: VectorBody = (value, model) => {
  const problems = new Problems('schema');
  const body = readObject(value);
  problems.keys([], body, ['taskType', 'singleEmbeddingParams'], ['schemaVersion']);
  // The segmented task is asynchronous at AWS.
  if (body.taskType !== undefined) problems.oneOf(['taskType'], body.taskType, ['SINGLE_EMBEDDING']);
  const at = ['singleEmbeddingParams'];
  const params =
    body.singleEmbeddingParams === undefined ? {} : (problems.fields(at, body.singleEmbeddingParams) ?? {});
  if (body.singleEmbeddingParams !== undefined)
    problems.keys(at, params, ['embeddingPurpose'], ['embeddingDimension', ...kinds]);
  if (params.embeddingPurpose !== undefined)
    problems.oneOf([...at, 'embeddingPurpose'], params.embeddingPurpose, purposes);
  const length = readDimensions(
    [...at, 'embeddingDimension'],
    params.embeddingDimension ?? 3072,
    [256, 384, 1024, 3072],
    problems,
  );
  const given = kinds.filter((kind) => params[kind] !== undefined);
  const [kind = 'text'] = given;
  if (given.length !== 1) problems.wrong(at, `expected exactly one of [${kinds.join(', ')}]`);
  const input = given.length === 1 ? (problems.fields([...at, kind], params[kind]) ?? {}) : {};
  if (kind === 'text' && given.length === 1) {
    problems.keys([...at, kind], input, ['truncationMode'], ['value', 'source']);
    if (input.truncationMode !== undefined)
      problems.oneOf([...at, kind, 'truncationMode'], input.truncationMode, ['START', 'END', 'NONE']);
    if (input.value !== undefined) problems.text([...at, kind, 'value'], input.value);
  }
  problems.throwIfAny();

  const text = typeof input.value === 'string' ? input.value : JSON.stringify(input).slice(0, 4000);
  const inputTokens = Math.max(1, countTokens(text));
  const embedding = floats(embedText(text, model.id, length));
  return { json: { embeddings: [{ embeddingType: kind.toUpperCase(), embedding }] }, inputTokens };
};
