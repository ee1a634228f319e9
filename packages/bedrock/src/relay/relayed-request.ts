import type { MessagesRequest } from '@streambed/protocol';
import type { SentRequest } from '../call.ts';
import { fromConverseRequest } from '../converse/from-converse-request.ts';
import { type Fields, parseFields } from '../families/chunk.ts';
import { converse } from '../families/converse.ts';
import type { FamilyModel, ModelFamily } from '../families/family.ts';
import { familyOf } from '../families/index.ts';

/** A longer body (images, documents) isn't looked into: reading it would hold up everybody else. */
const maxReadBytes = 1024 * 1024;

/** Who can read the answer to a body that is relayed; undefined for kinds that nobody here speaks. */
export function relayFamily(api: SentRequest['api'], model: FamilyModel): ModelFamily | undefined {
  if (api === 'converse') return converse;
  try {
    const family = familyOf(model);
    return family === converse ? undefined : family;
  } catch {
    return undefined;
  }
}

/**
 * What a body that is relayed asks for, as far as it can be told: its reader's names and an estimate of its cost come
 * from here. AWS alone judges whether the body is right, so nothing is thrown.
 */
export function relayedRequest(
  { api, body }: Pick<SentRequest, 'api' | 'body'>,
  model: FamilyModel,
): MessagesRequest {
  const unknown: MessagesRequest = { model: model.id, messages: [] };
  if (body.length > maxReadBytes) return unknown;
  try {
    const fields = parseFields(typeof body === 'string' ? body : Buffer.from(body).toString('utf8'));
    return api === 'converse' ? fromConverseRequest(fields, model.id) : nativeRequest(fields, unknown);
  } catch {
    return unknown;
  }
}

function nativeRequest(fields: Fields, unknown: MessagesRequest): MessagesRequest {
  if (Array.isArray(fields.messages)) return { ...fields, ...unknown, messages: fields.messages };
  if (typeof fields.prompt !== 'string') return unknown;
  return { ...unknown, messages: [{ role: 'user', content: fields.prompt }] };
}
