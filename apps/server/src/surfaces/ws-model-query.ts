import { type MessagesRequest, StreambedError } from '@streambed/protocol';

/** What a `/ws/model` URL asks for; each prompt becomes `request` with one user message. */
export interface ModelQuery {
  readonly streaming: boolean;
  readonly request: Pick<
    MessagesRequest,
    'model' | 'max_tokens' | 'temperature' | 'top_p' | 'top_k' | 'stop_sequences' | 'system'
  >;
}

const truths: Readonly<Record<string, boolean>> = {
  1: true,
  true: true,
  yes: true,
  0: false,
  false: false,
  no: false,
};

/**
 * Reads the query of `/ws/model`: `model`, `streaming` (1/true/yes or 0/false/no, in any case; absent: 0) and the
 * tutorial's parameters. `stop_sequences` may be repeated, each value being one sequence, or be one JSON array of
 * strings. Other parameters are ignored. Throws an error that names the parameter.
 */
export function readModelQuery(query: URLSearchParams): ModelQuery {
  const model = single(query, 'model');
  if (model === undefined || model.trim() === '') {
    throw new StreambedError('SB_MODEL_MISSING', undefined, { field: 'model' });
  }
  const maxTokens = number(query, 'max_tokens', { whole: true, min: 1 });
  const temperature = number(query, 'temperature', { whole: false, min: 0, max: 1 });
  const topP = number(query, 'top_p', { whole: false, min: 0, max: 1 });
  const topK = number(query, 'top_k', { whole: true, min: 0 });
  const stopSequences = readStopSequences(query);
  const system = single(query, 'system');
  return {
    streaming: readStreaming(query),
    request: {
      model: model.trim(),
      ...(maxTokens !== undefined && { max_tokens: maxTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { top_p: topP }),
      ...(topK !== undefined && { top_k: topK }),
      ...(stopSequences.length > 0 && { stop_sequences: stopSequences }),
      ...(system !== undefined && system !== '' && { system }),
    },
  };
}

function readStreaming(query: URLSearchParams): boolean {
  const text = single(query, 'streaming') ?? '0';
  const streaming = truths[text.trim().toLowerCase()];
  if (streaming === undefined) throw wrong('streaming', 'expected 1, true or yes, or 0, false or no', text);
  return streaming;
}

function readStopSequences(query: URLSearchParams): string[] {
  const values = query.getAll('stop_sequences');
  const [only] = values;
  if (values.length !== 1 || only === undefined || !only.trimStart().startsWith('[')) {
    return values.filter((value) => value !== '');
  }
  try {
    const list: unknown = JSON.parse(only);
    if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  } catch {
    // Said below.
  }
  throw wrong('stop_sequences', 'expected one sequence per parameter, or one JSON array of strings', only);
}

function number(
  query: URLSearchParams,
  name: string,
  range: { readonly whole: boolean; readonly min: number; readonly max?: number },
): number | undefined {
  const text = single(query, name);
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  const { whole, min, max = Number.MAX_SAFE_INTEGER } = range;
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? 'a whole number' : 'a number';
  const bounds = range.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  throw wrong(name, `expected ${kind} ${bounds}`, text);
}

function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  if (values.length > 1) throw wrong(name, 'expected once', `${values.length} of them`);
  return values[0];
}

function wrong(name: string, expected: string, got: string): StreambedError {
  const shown = got.length > 40 ? `${got.slice(0, 40)}…` : got;
  return new StreambedError('SB_BAD_REQUEST', `${name}: ${expected}, got "${shown}".`, { field: name });
}
