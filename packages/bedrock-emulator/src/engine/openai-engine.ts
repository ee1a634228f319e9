import { isFields } from '../bodies/problems.ts';
import type { JsonObject, Turn, TurnMessage } from '../turn.ts';
import type { Engine, EnginePart } from './engine.ts';

export interface OpenAiEngineOptions {
  /** Up to and with `/v1`: `http://127.0.0.1:11434/v1`. */
  readonly url: string;
  /** The name the server knows its model by. */
  readonly model: string;
  /** Sent as a bearer key, where the server wants one. */
  readonly apiKey?: string | undefined;
}

const deadlineMs = 600_000;
const longestLine = 4 * 1024 * 1024;

/** An engine that asks a server of the chat-completions API: Ollama, llama.cpp, vLLM, … */
export function openAiEngine(options: OpenAiEngineOptions): Engine {
  return { answer: (turn, signal) => ask(options, turn, signal) };
}

async function* ask(
  { url, model, apiKey }: OpenAiEngineOptions,
  turn: Turn,
  signal: AbortSignal,
): AsyncGenerator<EnginePart> {
  const response = await fetch(`${url.replace(/\/$/, '')}/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify({ model, stream: true, ...requestOf(turn) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
  });
  if (!response.ok || response.body === null) {
    const told = (await response.text()).slice(0, 300);
    throw new Error(`the engine answered ${response.status}: ${told}`);
  }

  const calls = new Map<number, { id: string; name: string; text: string }>();
  let ended = false;
  for await (const chunk of events(response.body)) {
    const choice = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
    if (isFields(chunk.error)) throw new Error(`the engine failed: ${String(chunk.error.message)}`);
    if (!isFields(choice)) continue;
    const delta = isFields(choice.delta) ? choice.delta : {};
    const thought = delta.reasoning_content ?? delta.reasoning;
    if (typeof thought === 'string' && thought !== '' && turn.thinking.on)
      yield { type: 'thinking', text: thought };
    if (typeof delta.content === 'string' && delta.content !== '')
      yield { type: 'text', text: delta.content };
    for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) addCall(calls, call);
    if (typeof choice.finish_reason === 'string') {
      ended = true;
      for (const { id, name, text } of calls.values())
        yield { type: 'tool_use', name, input: parseInput(text), ...(id === '' ? {} : { id }) };
      calls.clear();
      if (choice.finish_reason === 'length') yield { type: 'stop', reason: 'max_tokens' };
    }
  }
  if (!ended) throw new Error('the engine ended in the middle of its answer');
}

function requestOf(turn: Turn): object {
  const tools = turn.toolChoice.type === 'none' ? [] : turn.tools;
  return {
    messages: [
      ...(turn.system === '' ? [] : [{ role: 'system', content: turn.system }]),
      ...turn.messages.flatMap(messagesOf),
    ],
    max_tokens: turn.maxTokens,
    ...(turn.stopSequences.length === 0 ? {} : { stop: turn.stopSequences }),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, inputSchema }) => ({
            type: 'function',
            function: { name, description, parameters: inputSchema },
          })),
          tool_choice: toolChoiceOf(turn),
        }),
    ...(turn.outputSchema === undefined
      ? {}
      : {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'answer', schema: turn.outputSchema },
          },
        }),
  };
}

function toolChoiceOf({ toolChoice }: Turn): unknown {
  if (toolChoice.type === 'any') return 'required';
  return toolChoice.type === 'tool' ? { type: 'function', function: { name: toolChoice.name } } : 'auto';
}

function messagesOf({ role, text, toolUses, toolResults }: TurnMessage): readonly object[] {
  const results = toolResults.map(({ id, text: content }) => ({ role: 'tool', tool_call_id: id, content }));
  const calls = toolUses.map(({ id, name, input }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
  if (text === '' && calls.length === 0) return results;
  return [...results, { role, content: text, ...(calls.length === 0 ? {} : { tool_calls: calls }) }];
}

function addCall(calls: Map<number, { id: string; name: string; text: string }>, value: unknown): void {
  if (!isFields(value)) return;
  const index = typeof value.index === 'number' ? value.index : calls.size;
  const call = calls.get(index) ?? { id: '', name: '', text: '' };
  const its = isFields(value.function) ? value.function : {};
  if (typeof value.id === 'string' && /^[a-zA-Z0-9_-]{1,64}$/.test(value.id)) call.id = value.id;
  if (typeof its.name === 'string') call.name += its.name;
  if (typeof its.arguments === 'string') call.text += its.arguments;
  calls.set(index, call);
}

/** A model may write JSON that is none: its tool then gets nothing. */
function parseInput(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    return isFields(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

/** The JSON of server-sent events, up to `[DONE]`. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    if (rest.length > longestLine) throw new Error('the engine sent a line that is too long');
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const data = /^data: ?(.*)$/.exec(line)?.[1];
      if (data === undefined) continue;
      if (data === '[DONE]') return;
      const value: unknown = JSON.parse(data);
      if (isFields(value)) yield value;
    }
  }
}
