import type { ModelFacts } from '@streambed/model-facts';
import { validationError } from '../errors.ts';
import type { NativeBody } from './body.ts';
import { chat } from './chat.ts';
import { claude } from './claude.ts';
import { claudeCompletion } from './claude-completion.ts';
import { llama } from './llama.ts';
import { nova } from './nova.ts';
import { isFields } from './problems.ts';

/** Who reads and answers this body for this model. Throws a clear 400 for models that aren't spoken here yet. */
export function nativeBodyFor(model: ModelFacts, body: unknown): NativeBody {
  switch (model.nativeBody) {
    case 'claude-messages': {
      const old = model.family === 'claude-legacy' && isFields(body) && body.messages === undefined;
      return old ? claudeCompletion : claude;
    }
    case 'llama-prompt':
      return llama;
    case 'nova-messages':
      return nova;
    case 'openai-chat':
      return chat;
    default:
      throw validationError(
        `This is Streambed's local Bedrock: it doesn't speak the native body of ${model.id} yet. It speaks those of Claude, Llama, Nova and OpenAI's chat; Converse speaks them all.`,
      );
  }
}
