import { rawStream, saidByAws } from './converse-answers.ts';
import { nativeEvents, nativeText } from './frames.ts';
import { type Recording, responseBytes } from './recordings.ts';

/** What a recorded stream says, read out of AWS's own JSON with none of our code: what official clients must report. */
export interface RecordedAnswer {
  /** All text, in order. */
  readonly text: string;
  readonly thinking: string;
  /** Calls that the caller is to answer; tools that ran on the model's side are none. */
  readonly calls: readonly (readonly [id: string, name: string, input: unknown])[];
  /** In the upstream's own words. */
  readonly stopReason: string;
  /** Disjoint counts, absent where nothing was reported. */
  readonly usage: {
    readonly input?: number | undefined;
    readonly output?: number | undefined;
    readonly cacheRead?: number | undefined;
    readonly cacheWrite?: number | undefined;
  };
}

/** Whether it is a stream that Converse, Claude or Llama made, and no error. */
export function isSpokenStream({ operation, modelId, response }: Recording): boolean {
  if (response.status !== 200) return false;
  if (operation === 'ConverseStream') return true;
  return (
    operation === 'InvokeModelWithResponseStream' &&
    /(^|\.)(anthropic\.claude|meta\.llama)/.test(modelId ?? '')
  );
}

/** Reads a stream for which {@link isSpokenStream} is true. */
export function recordedAnswer(recording: Recording): RecordedAnswer {
  return recording.operation === 'ConverseStream' ? ofConverse(recording) : ofNative(recording);
}

function ofConverse(recording: Recording): RecordedAnswer {
  const { blocks, stopReason, usage } = rawStream(recording);
  const said = saidByAws(blocks);
  const joined = (kind: string) => said.map(([is, text]) => (is === kind ? String(text) : '')).join('');
  const { inputTokens: input, outputTokens: output, cacheReadInputTokens, cacheWriteInputTokens } = usage;
  return {
    text: joined('text'),
    thinking: joined('thinking'),
    calls: said.flatMap(([kind, server, id, name, arguments_]) =>
      kind === 'call' && server === false ? [[id, name, arguments_] as RecordedAnswer['calls'][number]] : [],
    ),
    stopReason,
    usage: { input, output, cacheRead: cacheReadInputTokens, cacheWrite: cacheWriteInputTokens },
  };
}

interface Counts {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
}

interface Native {
  readonly index?: number;
  readonly content_block?: { readonly type: string; readonly id: string; readonly name: string };
  readonly delta?: {
    readonly thinking?: string;
    readonly partial_json?: string;
    readonly stop_reason?: string;
  };
  readonly message?: { readonly usage: Counts };
  readonly usage?: Counts;
  readonly stop_reason?: string | null;
  readonly 'amazon-bedrock-invocationMetrics'?: {
    readonly inputTokenCount: number;
    readonly outputTokenCount: number;
  };
}

function ofNative(recording: Recording): RecordedAnswer {
  const events = nativeEvents(responseBytes(recording));
  const natives = events as readonly Native[];
  const last = <T>(find: (native: Native) => T | null | undefined) =>
    natives.map(find).findLast((value) => value !== undefined && value !== null);
  const counts: Counts = Object.assign(
    {},
    ...natives.flatMap(({ message, usage }) => [message?.usage, usage]),
  );
  const metrics = last((native) => native['amazon-bedrock-invocationMetrics']);
  return {
    text: events.map(nativeText).join(''),
    thinking: natives.map(({ delta }) => delta?.thinking ?? '').join(''),
    calls: natives.flatMap(({ index, content_block: block }) => {
      if (block?.type !== 'tool_use') return [];
      const json = natives.map((native) =>
        native.index === index ? (native.delta?.partial_json ?? '') : '',
      );
      return [[block.id, block.name, JSON.parse(json.join('') || '{}') as unknown] as const];
    }),
    stopReason: last(({ delta, stop_reason }) => delta?.stop_reason ?? stop_reason) ?? '',
    usage: {
      input: counts.input_tokens ?? metrics?.inputTokenCount,
      output: counts.output_tokens ?? metrics?.outputTokenCount,
      cacheRead: counts.cache_read_input_tokens,
      cacheWrite: counts.cache_creation_input_tokens,
    },
  };
}
