import { type Fields, Problems, readObject } from '../bodies/problems.ts';
import { countTokens } from '../engine/tokens.ts';
import { cosine, embedText } from './embed-text.ts';
import { readDimensions, readTypes } from './titan.ts';
import type { VectorBody } from './vector-body.ts';
import { binary, floats, int8, ubinary, uint8 } from './vector-forms.ts';

const mostTexts = 96;
const mostCharacters = 2048;
const forms = { float: floats, int8, uint8, binary, ubinary } as const;
const formNames = Object.keys(forms);

/** Cohere Embed, versions 3 and 4. */
export const cohereEmbed: VectorBody = (value, model, requestId) => {
  const fourth = model.id.includes('embed-v4');
  const problems = new Problems('schema');
  const body = readObject(value);
  problems.keys(
    [],
    body,
    ['input_type'],
    [
      'texts',
      'images',
      'truncate',
      'embedding_types',
      ...(fourth ? ['inputs', 'output_dimension', 'max_tokens'] : []),
    ],
  );
  if (body.texts === undefined && body.images === undefined && body.inputs === undefined)
    problems.missing([], 'texts');
  if (body.input_type !== undefined)
    problems.oneOf(['input_type'], body.input_type, [
      'search_document',
      'search_query',
      'classification',
      'clustering',
      'image',
    ]);
  if (body.truncate !== undefined)
    problems.oneOf(
      ['truncate'],
      body.truncate,
      fourth ? ['NONE', 'LEFT', 'RIGHT', 'START', 'END'] : ['NONE', 'START', 'END'],
    );
  const types =
    body.embedding_types === undefined
      ? undefined
      : readTypes(['embedding_types'], body.embedding_types, formNames, problems);
  const length = fourth
    ? readDimensions(['output_dimension'], body.output_dimension ?? 1536, [256, 512, 1024, 1536], problems)
    : (model.embeddingDimensions ?? 1024);
  const texts = readTexts(body, fourth, problems);
  problems.throwIfAny();

  // Queries and documents are of one space, as with the real ones: `input_type` moves nothing.
  const vectors = texts.map((text) => embedText(text, model.id, length));
  const byType = (name: string) => vectors.map((vector) => forms[name as keyof typeof forms](vector));
  const inputTokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  return {
    json: {
      embeddings:
        types === undefined && !fourth
          ? byType('float')
          : Object.fromEntries((types ?? ['float']).map((name) => [name, byType(name)])),
      id: requestId,
      response_type: types === undefined && !fourth ? 'embeddings_floats' : 'embeddings_by_type',
      // Version 3 gives texts back in lower case (recorded on English), version 4 as they came.
      texts: body.texts === undefined ? [] : texts.map((text) => (fourth ? text : text.toLowerCase())),
    },
    inputTokens,
  };
};

function readTexts(body: Fields, fourth: boolean, problems: Problems): readonly string[] {
  const key = ['texts', 'images', 'inputs'].find((name) => body[name] !== undefined) ?? 'texts';
  const list = body[key] === undefined ? [] : (problems.list([key], body[key]) ?? []);
  const most = key === 'images' ? 1 : mostTexts;
  if (list.length > most)
    problems.wrong([key], `expected maximum item count: ${most}, found: ${list.length}`);
  if (Array.isArray(body[key]) && list.length === 0)
    problems.wrong([key], 'expected minimum item count: 1, found: 0');
  return list.map((item, place) => {
    // Version 4 mixes texts and images in one input: they count by what they say.
    if (key === 'inputs') return JSON.stringify(item);
    const text = problems.text([key, place], item) ?? '';
    if (key === 'texts' && !fourth && text.length > mostCharacters)
      problems.wrong([key, place], `expected maxLength: ${mostCharacters}, actual: ${text.length}`);
    return key === 'images' ? text.slice(0, 1000) : text;
  });
}

/** Rerank of Cohere and Amazon: how near each document is to the query, nearest first. */
export const rerank: VectorBody = (value, model) => {
  const problems = new Problems('schema');
  const body = readObject(value);
  const cohere = model.id.startsWith('cohere.');
  problems.keys(
    [],
    body,
    cohere ? ['query', 'documents', 'api_version'] : ['query', 'documents'],
    cohere ? ['top_n', 'max_tokens_per_doc'] : ['top_n'],
  );
  const query = body.query === undefined ? '' : (problems.text(['query'], body.query) ?? '');
  const documents = body.documents === undefined ? [] : (problems.list(['documents'], body.documents) ?? []);
  if (documents.length > 1000)
    problems.wrong(['documents'], `expected maximum item count: 1000, found: ${documents.length}`);
  const most =
    body.top_n === undefined
      ? documents.length
      : (problems.integer(['top_n'], body.top_n, 1, Math.max(1, documents.length)) ?? 1);
  problems.throwIfAny();

  const wanted = embedText(query, 'rerank', 1024);
  const results = documents
    .map((document, index) => {
      const text = typeof document === 'string' ? document : JSON.stringify(document);
      const near = Math.max(0, cosine(wanted, embedText(text, 'rerank', 1024)));
      return { index, relevance_score: Number(Math.min(1, near).toPrecision(8)) };
    })
    .sort((a, b) => b.relevance_score - a.relevance_score)
    .slice(0, most);
  return { json: { results } };
};
