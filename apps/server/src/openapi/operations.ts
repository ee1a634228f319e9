import type { Operation } from './operation.ts';
import { accessOperations } from './operations/access.ts';
import { anthropicOperations } from './operations/anthropic.ts';
import { bedrockOperations } from './operations/bedrock.ts';
import { conversationOperations } from './operations/conversations.ts';
import { modelOperations } from './operations/models.ts';
import { openAiOperations } from './operations/openai.ts';
import { presetOperations } from './operations/presets.ts';
import { serverOperations } from './operations/server.ts';
import { streambedOperations } from './operations/streambed.ts';
import { usageOperations } from './operations/usage.ts';

/** Everything that can be asked of this server over HTTP. A test holds it in step with the routes. */
export const operations: readonly Operation[] = [
  ...anthropicOperations('/v1'),
  ...openAiOperations('/v1'),
  ...modelOperations('/v1', 'OpenAiError'),
  ...bedrockOperations,
  ...streambedOperations,
  ...conversationOperations,
  ...presetOperations,
  ...accessOperations,
  ...usageOperations,
  ...serverOperations,
  ...anthropicOperations('/anthropic/v1'),
  ...modelOperations('/anthropic/v1', 'AnthropicError'),
  ...openAiOperations('/openai/v1'),
  ...modelOperations('/openai/v1', 'OpenAiError'),
];

/** What each group is. */
export const tags: Readonly<Record<string, string>> = {
  Anthropic: 'Anthropic’s Messages API, for its SDKs and Claude Code. The same below /anthropic/v1.',
  OpenAI: 'OpenAI’s chat completions, responses and embeddings. The same below /openai/v1.',
  Models: 'One list for the clients of both.',
  Bedrock: 'Amazon Bedrock’s own API, for AWS’s SDKs and CLI. Bodies pass as they are.',
  Streambed:
    'Our own API: generations whose events can be read again from any one on. The same on a socket: /ws.',
  Conversations: 'The histories of the chat.',
  Presets: 'What is set for questions, under names: the same on every device.',
  Access: 'Keys, signed-in browsers, and tokens for the browsers of others.',
  Usage: 'What was used, and what it cost.',
  Operation: 'For whoever runs the server.',
};
