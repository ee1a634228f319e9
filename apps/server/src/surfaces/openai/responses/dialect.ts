import { openAiDialect } from '../shared/errors.ts';

/** How the Responses API says what went wrong. */
export const dialect = openAiDialect({
  messages: 'input',
  system: 'instructions',
  max_tokens: 'max_output_tokens',
  thinking: 'reasoning',
  'output_config.effort': 'reasoning.effort',
  'output_config.format': 'text.format',
  'tool_choice.disable_parallel_tool_use': 'parallel_tool_calls',
  'bedrock.reasoning_effort': 'reasoning.effort',
  'bedrock.service_tier': 'service_tier',
});
