import { ConverseReader } from '../converse/reader.ts';
import { toConverse } from '../converse/to-converse.ts';
import type { ModelFamily } from './family.ts';
import { quirksOf } from './quirks.ts';

/**
 * Every model that chats on bedrock-runtime speaks Converse; here go those that no family speaks to natively, and any
 * other where the caller asks for it (`bedrock: {api: "converse"}`). What differs between kinds of models behind the
 * one shape stands in `quirks.ts`.
 */
export const converse: ModelFamily = {
  name: 'converse',

  owns: ({ facts }) => facts === undefined || (facts.kind === 'chat' && facts.endpoints.includes('runtime')),

  can: (model) => ({
    tools: model.facts?.tools ?? true,
    images: model.facts?.modalities.input.includes('image') ?? true,
    // Converse reads documents out for models that can't; which ones it does that for, no catalogue says.
    documents: true,
    thinking: quirksOf(model).thinking !== undefined,
    promptCache: quirksOf(model).cache,
  }),

  toWire(request, model, stream, metadata) {
    const { request: body, dropped } = toConverse(request, model, metadata);
    // Some models refuse tools while they stream; and some don't stream. Their whole answer is unfolded instead.
    const canStream = body.toolConfig === undefined || model.facts?.toolsWhileStreaming !== false;
    return {
      api: 'converse',
      stream: stream && canStream && model.facts?.streaming !== false,
      body: JSON.stringify(body),
      dropped,
    };
  },

  fromWire: (model, asked) => new ConverseReader(model, asked),

  // CountTokens takes these four and refuses the rest.
  toCount(request, model) {
    const { messages, system, toolConfig, additionalModelRequestFields } = toConverse(request, model).request;
    return {
      converse: {
        messages,
        ...(system !== undefined && { system }),
        ...(toolConfig !== undefined && { toolConfig }),
        ...(additionalModelRequestFields !== undefined && { additionalModelRequestFields }),
      },
    };
  },
};
