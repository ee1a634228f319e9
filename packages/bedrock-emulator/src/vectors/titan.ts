import { Problems, readObject } from '../bodies/problems.ts';
import { countTokens } from '../engine/tokens.ts';
import { validationError } from '../errors.ts';
import { embedText } from './embed-text.ts';
import type { VectorBody } from './vector-body.ts';
import { bits, floats } from './vector-forms.ts';

const maxTokens = 8192;
// Vectors of version 1 are not of length 1; recorded ones are of about this.
const unnormalizedLength = 20;

/** Titan Text Embeddings, version 1. */
export const titanV1: VectorBody = (value, model) => {
  const problems = new Problems('schema');
  const body = readObject(value);
  problems.keys([], body, ['inputText'], []);
  const text = readText(body.inputText, problems);
  problems.throwIfAny();
  const inputTokens = countInput(text);
  const vector = embedText(text, model.id, model.embeddingDimensions ?? 1536);
  return {
    json: { embedding: floats(vector, unnormalizedLength), inputTextTokenCount: inputTokens },
    inputTokens,
  };
};

/** Titan Text Embeddings V2: lengths, normalizing, and binary vectors to choose. */
export const titanV2: VectorBody = (value, model) => {
  const problems = new Problems('schema');
  const body = readObject(value);
  problems.keys([], body, ['inputText'], ['dimensions', 'normalize', 'embeddingTypes']);
  const text = readText(body.inputText, problems);
  const length = readDimensions(['dimensions'], body.dimensions ?? 1024, [256, 512, 1024], problems);
  if (body.normalize !== undefined && typeof body.normalize !== 'boolean')
    problems.wrong(['normalize'], 'expected type: Boolean');
  const types = readTypes(
    ['embeddingTypes'],
    body.embeddingTypes ?? ['float'],
    ['float', 'binary'],
    problems,
  );
  // In AWS's words, which name no place here.
  if (text.length > 50_000)
    throw validationError(
      `Malformed input request: expected maxLength: 50000, actual: ${text.length}, please reformat your input and try again.`,
    );
  problems.throwIfAny();
  const inputTokens = countInput(text);
  const vector = embedText(text, model.id, length);
  const numbers = floats(vector, body.normalize === false ? unnormalizedLength : 1);
  return {
    json: {
      ...(types.includes('float') ? { embedding: numbers } : {}),
      embeddingsByType: {
        ...(types.includes('binary') ? { binary: bits(vector) } : {}),
        ...(types.includes('float') ? { float: numbers } : {}),
      },
      inputTextTokenCount: inputTokens,
    },
    inputTokens,
  };
};

/** Titan Multimodal Embeddings: a text, an image, or both in one vector. The image counts by its bytes alone. */
export const titanImage: VectorBody = (value, model) => {
  const problems = new Problems('schema');
  const body = readObject(value);
  problems.keys([], body, [], ['inputText', 'inputImage', 'embeddingConfig']);
  const text = body.inputText === undefined ? '' : readText(body.inputText, problems);
  const image = body.inputImage === undefined ? '' : (problems.text(['inputImage'], body.inputImage) ?? '');
  const config =
    body.embeddingConfig === undefined ? {} : problems.fields(['embeddingConfig'], body.embeddingConfig);
  const length = readDimensions(
    ['embeddingConfig', 'outputEmbeddingLength'],
    config?.outputEmbeddingLength ?? 1024,
    [256, 384, 1024],
    problems,
  );
  problems.throwIfAny();
  if (text === '' && image === '')
    throw validationError('Either inputText or inputImage must be provided in the request.');
  const inputTokens = text === '' ? 0 : countInput(text);
  const vector = embedText(`${text}\n${image.slice(0, 1000)}`, model.id, length);
  return {
    json: { embedding: floats(vector), inputTextTokenCount: inputTokens, message: null },
    inputTokens,
  };
};

export function readDimensions(
  path: readonly string[],
  value: unknown,
  allowed: readonly number[],
  problems: Problems,
): number {
  const found = allowed.find((one) => one === value);
  if (found === undefined) problems.wrong(path, `${JSON.stringify(value)} is not a valid enum value`);
  return found ?? 1;
}

export function readTypes(
  path: readonly string[],
  value: unknown,
  allowed: readonly string[],
  problems: Problems,
): readonly string[] {
  const list = problems.list(path, value) ?? [];
  return list.flatMap((item, place) => problems.oneOf([...path, place], item, allowed) ?? []);
}

function readText(value: unknown, problems: Problems): string {
  if (value === undefined) return '';
  const text = problems.text(['inputText'], value) ?? '';
  if (value === '') problems.wrong(['inputText'], 'expected minLength: 1, actual: 0');
  return text;
}

/** AWS's text, reported for all Titan embeddings. */
function countInput(text: string): number {
  const count = Math.max(1, countTokens(text));
  if (count > maxTokens)
    throw validationError(
      `400 Bad Request: Too many input tokens. Max input tokens: ${maxTokens}, request input token count: ${count} `,
    );
  return count;
}
