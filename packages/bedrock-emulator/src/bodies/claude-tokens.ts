import { spacedJson } from '../engine/spaced-json.ts';
import { countTokens } from '../engine/tokens.ts';
import type { Tool, TurnMessage } from '../turn.ts';

// What the recordings show beside the text: 7 words and a mark of "What is the capital of France?" count 14; one small
// tool adds about 350.
const perRequest = 3;
const perMessage = 4;
const perToolRequest = 300;
const perAttachment = 1500;

/** The estimate of a Claude request's input tokens. */
export function claudeInputTokens(
  system: string,
  messages: readonly TurnMessage[],
  tools: readonly Tool[],
): number {
  let tokens = perRequest + countTokens(system);
  for (const message of messages) {
    tokens += perMessage + countTokens(message.text) + message.attachments.length * perAttachment;
    for (const use of message.toolUses) tokens += countTokens(use.name) + countTokens(spacedJson(use.input));
    for (const result of message.toolResults) tokens += countTokens(result.text);
  }
  if (tools.length > 0) tokens += perToolRequest;
  for (const tool of tools)
    tokens += countTokens(`${tool.name} ${tool.description} ${spacedJson(tool.inputSchema)}`);
  return tokens;
}
