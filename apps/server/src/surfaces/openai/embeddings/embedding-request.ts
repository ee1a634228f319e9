import type { EmbeddingPurpose, EmbeddingRequest, EmbeddingWishes } from '@streambed/bedrock';
import { parseWith } from '@streambed/protocol';
import { z } from 'zod';
import { refuseUnsupported } from '../shared/refuse.ts';

const tokens = z.array(z.int());

/** What POST /v1/embeddings takes. */
export const embeddingRequestSchema = z.looseObject({
  model: z.string().min(1).max(2048),
  input: z.union([z.string(), z.array(z.string()), tokens, z.array(tokens)]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
  user: z.string().nullish(),
  /** Not OpenAI's: what the texts are embedded for, in Cohere's words (`search_query`) or in short (`query`). */
  input_type: z.string().nullish(),
  /** Not OpenAI's: where a text that is too long is cut. */
  truncate: z.string().nullish(),
});

/** A request for embeddings, and how its answer is wanted. */
export interface EmbeddingOrder {
  readonly request: EmbeddingRequest;
  readonly encoding: 'float' | 'base64';
  readonly dropped: readonly string[];
}

const known = new Set(Object.keys(embeddingRequestSchema.shape));

/** Reads a body. Throws `SB_BAD_REQUEST` or `SB_UNSUPPORTED`, the field named as the caller wrote it. */
export function readEmbeddingOrder(body: unknown): EmbeddingOrder {
  const asked = parseWith(embeddingRequestSchema, body);
  const { model, input, encoding_format, dimensions, input_type, truncate } = asked;
  const inputs = typeof input === 'string' ? [input] : input;
  if (!inputs.every((item) => typeof item === 'string')) {
    return refuseUnsupported(
      'input',
      'expected texts: token numbers are those of a model that Bedrock does not have. Send the texts ' +
        '(LangChain for Python: check_embedding_ctx_length=False)',
    );
  }
  const dropped = Object.keys(asked).filter((field) => !known.has(field) && asked[field] !== null);
  if (typeof asked.user === 'string') dropped.push('user');
  return {
    request: {
      model,
      inputs,
      ...(typeof dimensions === 'number' && { dimensions }),
      ...(typeof input_type === 'string' && { inputType: purposeOf(input_type) }),
      ...(typeof truncate === 'string' && { truncate: cutOf(truncate) }),
    },
    encoding: encoding_format ?? 'float',
    dropped,
  };
}

const purposes: readonly EmbeddingPurpose[] = ['document', 'query', 'classification', 'clustering'];

function purposeOf(said: string): EmbeddingPurpose {
  const short = said.replace(/^search_/, '');
  return (
    purposes.find((purpose) => purpose === short) ??
    refuseUnsupported('input_type', `expected one of ${purposes.join(', ')}`)
  );
}

function cutOf(said: string): NonNullable<EmbeddingWishes['truncate']> {
  const cut = said.toLowerCase();
  if (cut === 'none' || cut === 'start' || cut === 'end') return cut;
  return refuseUnsupported('truncate', 'expected one of none, start, end');
}
