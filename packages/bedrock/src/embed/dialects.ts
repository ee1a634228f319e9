import { StreambedError } from '@streambed/protocol';
import { type Fields, isFields } from '../families/chunk.ts';

/** What texts are embedded for. */
export type EmbeddingPurpose = 'document' | 'query' | 'classification' | 'clustering';

/** How the vectors are wanted; what a model has no way to say is refused. */
export interface EmbeddingWishes {
  readonly dimensions?: number;
  readonly inputType?: EmbeddingPurpose;
  /** Where a text that is too long is cut; `none`: it is an error. Default: the model's own. */
  readonly truncate?: 'none' | 'start' | 'end';
  /** Vectors of length 1. */
  readonly normalize?: boolean;
}

/** How one line of embedding models speaks on InvokeModel. */
export interface EmbeddingDialect {
  owns(id: string): boolean;
  /** Texts that one call takes. */
  readonly maxTexts: number;
  /** Which wishes there is a field for. */
  readonly can: readonly (keyof EmbeddingWishes)[];
  toBody(texts: readonly string[], wishes: EmbeddingWishes): Fields;
  /** The vectors of an answer, in the order of the texts. */
  read(answer: Fields): readonly unknown[];
}

/** `{inputText}` → `{embedding}`: one text a call. */
const titan = {
  maxTexts: 1,
  read: ({ embedding }: Fields) => [embedding],
};

const titanV1: EmbeddingDialect = {
  ...titan,
  owns: (id) => /^amazon\.titan-embed-(text-v1|g1-text-02)/.test(id),
  can: [],
  toBody: ([inputText]) => ({ inputText }),
};

const titanV2: EmbeddingDialect = {
  ...titan,
  owns: (id) => id.startsWith('amazon.titan-embed-text-v2'),
  can: ['dimensions', 'normalize'],
  toBody: ([inputText], { dimensions, normalize }) => ({
    inputText,
    ...(dimensions !== undefined && { dimensions }),
    ...(normalize !== undefined && { normalize }),
  }),
};

/** `{texts, input_type}` → `{embeddings: [[…]]}`, or `{embeddings: {float: [[…]]}}`. */
const cohere = {
  maxTexts: 96,
  read: ({ embeddings }: Fields) => list(isFields(embeddings) ? embeddings.float : embeddings),
};

/** Both want to be told what for; most texts are embedded to be found. */
const cohereTypes = {
  document: 'search_document',
  query: 'search_query',
  classification: 'classification',
  clustering: 'clustering',
} as const;

const cohereV3: EmbeddingDialect = {
  ...cohere,
  owns: (id) => /^cohere\.embed-(english|multilingual)-v3/.test(id),
  can: ['inputType', 'truncate'],
  toBody: (texts, { inputType = 'document', truncate }) => ({
    texts,
    input_type: cohereTypes[inputType],
    ...(truncate !== undefined && { truncate: truncate.toUpperCase() }),
  }),
};

/** Version 4 says where to cut in other words (AWS user guide, Cohere Embed v4). */
const cohereCuts = { none: 'NONE', start: 'LEFT', end: 'RIGHT' } as const;

const cohereV4: EmbeddingDialect = {
  ...cohere,
  owns: (id) => id.startsWith('cohere.embed-v4'),
  can: ['dimensions', 'inputType', 'truncate'],
  toBody: (texts, { dimensions, inputType = 'document', truncate }) => ({
    texts,
    input_type: cohereTypes[inputType],
    ...(truncate !== undefined && { truncate: cohereCuts[truncate] }),
    ...(dimensions !== undefined && { output_dimension: dimensions }),
  }),
};

const novaPurposes = {
  document: 'GENERIC_INDEX',
  query: 'GENERIC_RETRIEVAL',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
} as const;

/** `{taskType, singleEmbeddingParams}` → `{embeddings: [{embeddingType, embedding}]}`: one text a call. */
const nova: EmbeddingDialect = {
  owns: (id) => id.startsWith('amazon.nova-2-multimodal-embeddings'),
  maxTexts: 1,
  can: ['dimensions', 'inputType', 'truncate'],
  toBody: ([value], { dimensions, inputType = 'document', truncate = 'none' }) => ({
    taskType: 'SINGLE_EMBEDDING',
    singleEmbeddingParams: {
      embeddingPurpose: novaPurposes[inputType],
      text: { truncationMode: truncate.toUpperCase(), value },
      ...(dimensions !== undefined && { embeddingDimension: dimensions }),
    },
  }),
  read: ({ embeddings }) => list(embeddings).map((item) => (isFields(item) ? item.embedding : undefined)),
};

const dialects: readonly EmbeddingDialect[] = [titanV1, titanV2, cohereV3, cohereV4, nova];

/** How to speak to an embedding model, by its base id. Throws `SB_UNSUPPORTED` when nobody here can. */
export function dialectOf(id: string): EmbeddingDialect {
  const dialect = dialects.find((candidate) => candidate.owns(id));
  if (dialect !== undefined) return dialect;
  throw new StreambedError(
    'SB_UNSUPPORTED',
    `${id} can't be asked for embeddings here. Titan Text Embeddings, Cohere Embed 3 and 4 and Nova Multimodal Embeddings can.`,
    { field: 'model' },
  );
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
