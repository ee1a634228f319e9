import type { MessagesRequest } from '@streambed/protocol';
import type { Client } from './client.ts';
import { familyOf } from './families/index.ts';
import { resolveModel } from './models/resolve-model.ts';

/**
 * Whether an answer may begin with the last message of this request: each model it may lead to is known to go on with
 * one, and nothing else in the request stands against that. Claude refuses it together with thinking (Anthropic's
 * Messages API, "Prefill Claude's response"), and a forced tool or a JSON schema would begin anew. Throws what
 * `generate` throws for a model that can't be called.
 */
export function canPrefill(request: MessagesRequest, client: Client): boolean {
  const thinks = request.thinking !== undefined && request.thinking.type !== 'disabled';
  const isForced = request.tool_choice?.type === 'any' || request.tool_choice?.type === 'tool';
  if (thinks || isForced || request.output_config?.format != null) return false;
  const { targets } = resolveModel(request.model, client.resolver({}));
  return targets.every(({ model }) => {
    // A Llama prompt is one text: its last turn is simply left open.
    const isOpen = familyOf(model, request.bedrock?.api).name === 'llama';
    return isOpen || model.facts?.prefill === true;
  });
}
