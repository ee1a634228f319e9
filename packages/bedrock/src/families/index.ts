import { type MessagesRequest, StreambedError } from '@streambed/protocol';
import { claude } from './claude.ts';
import { converse } from './converse.ts';
import type { FamilyModel, ModelFamily } from './family.ts';
import { llama } from './llama.ts';

/** Every kind of model that is spoken; the first that owns a model speaks to it. */
const families: readonly ModelFamily[] = [claude, llama, converse];

/**
 * How to speak to `model`; `api` is what the caller asks for, where it does. Throws `SB_UNSUPPORTED` when no family can.
 */
export function familyOf(
  model: FamilyModel,
  api?: NonNullable<MessagesRequest['bedrock']>['api'],
): ModelFamily {
  const family = families.find(
    (candidate) => candidate.owns(model) && (api !== 'converse' || candidate === converse),
  );
  const name = model.facts?.name ?? model.id;
  if (family === undefined) throw refuse('model', `${name} can't be spoken to yet.`);
  if (api === 'invoke' && family === converse) {
    throw refuse(
      'request.bedrock.api',
      `${name} is called by Converse: its native body isn't spoken. Leave bedrock.api out.`,
    );
  }
  return family;
}

function refuse(field: string, message: string): StreambedError {
  return new StreambedError('SB_UNSUPPORTED', message, { field });
}
