import { readFrames } from './frames.ts';
import { type Recording, responseBytes } from './recordings.ts';

/**
 * Reads recorded answers of Converse out of AWS's own JSON, with none of our code: what a test compares ours with.
 */

/** A block of AWS's own JSON, as far as this test reads it: none of our code stands between. */
export interface RawBlock {
  text?: string;
  toolUse?: { toolUseId: string; name: string; input: unknown; type?: string };
  toolResult?: { toolUseId: string; type: string; status: string; content: unknown[] };
  reasoningContent?: { reasoningText?: { text?: string; signature?: string }; redactedContent?: string };
  citationsContent?: { content?: { text: string }[]; citations?: RawCitation[] };
}
interface RawCitation {
  title?: string;
  sourceContent?: { text: string }[];
  location: Record<string, Record<string, unknown>>;
}
interface RawUsage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  cacheDetails?: { ttl: string; inputTokens: number }[];
}
export interface RawAnswer {
  blocks: RawBlock[];
  stopReason: string;
  usage: RawUsage;
  metrics: unknown;
  trace?: unknown;
  latency?: string;
  tier?: string;
}

/** What a whole answer holds. */
export function rawWhole({ response }: Recording): RawAnswer {
  const body = response.body as {
    output: { message: { content: RawBlock[] } };
    stopReason: string;
    usage: RawUsage;
    metrics: unknown;
    trace?: unknown;
    performanceConfig?: { latency: string };
    serviceTier?: { type: string };
  };
  return {
    blocks: body.output.message.content,
    stopReason: body.stopReason,
    usage: body.usage,
    metrics: body.metrics,
    trace: body.trace,
    ...(body.performanceConfig && { latency: body.performanceConfig.latency }),
    ...(body.serviceTier && { tier: body.serviceTier.type }),
  };
}

/** What a stream holds: its pieces joined by AWS's own block index. */
export function rawStream(recording: Recording): RawAnswer {
  const blocks = new Map<number, RawBlock>();
  const at = (index: number) => {
    const block = blocks.get(index) ?? {};
    blocks.set(index, block);
    return block;
  };
  const answer: Partial<RawAnswer> = {};
  const inputs = new Map<number, string>();
  for (const { type, payload } of readFrames(responseBytes(recording))) {
    const event = payload as {
      contentBlockIndex: number;
      start: { toolUse?: RawBlock['toolUse']; toolResult?: RawBlock['toolResult'] };
      delta: {
        text?: string;
        toolUse?: { input: string };
        toolResult?: unknown[];
        reasoningContent?: { text?: string; signature?: string; redactedContent?: string };
        citation?: RawCitation;
      };
      stopReason: string;
      usage: RawUsage;
      metrics: unknown;
      trace?: unknown;
    };
    if (type === 'messageStop') answer.stopReason = event.stopReason;
    if (type === 'metadata')
      Object.assign(answer, { usage: event.usage, metrics: event.metrics, trace: event.trace });
    const index = event.contentBlockIndex;
    if (type === 'contentBlockStart') {
      const { toolUse, toolResult } = event.start;
      if (toolUse) at(index).toolUse = { ...toolUse, input: {} };
      if (toolResult) at(index).toolResult = { ...toolResult, content: [] };
    }
    if (type !== 'contentBlockDelta') continue;
    const { text, toolUse, toolResult, reasoningContent, citation } = event.delta;
    const block = at(index);
    if (text !== undefined) block.text = (block.text ?? '') + text;
    if (toolUse) inputs.set(index, (inputs.get(index) ?? '') + toolUse.input);
    if (toolResult) block.toolResult?.content.push(...toolResult);
    if (citation) {
      block.citationsContent ??= { citations: [] };
      block.citationsContent.citations?.push(citation);
    }
    if (reasoningContent?.redactedContent !== undefined) {
      block.reasoningContent = { redactedContent: reasoningContent.redactedContent };
    } else if (reasoningContent) {
      const before = block.reasoningContent?.reasoningText;
      block.reasoningContent = {
        reasoningText: {
          text: (before?.text ?? '') + (reasoningContent.text ?? ''),
          signature: (before?.signature ?? '') + (reasoningContent.signature ?? ''),
        },
      };
    }
  }
  for (const [index, json] of inputs) {
    const call = at(index).toolUse;
    if (call && json !== '') call.input = JSON.parse(json);
  }
  return { ...answer, blocks: [...blocks.values()] } as RawAnswer;
}

/** Everything said, in order, in a shape that neither side has. */
export type Said = readonly (string | number | boolean | object | undefined)[];

/** What the blocks of an answer say. */
export function saidByAws(blocks: readonly RawBlock[]): Said[] {
  return blocks.flatMap((block): Said[] => {
    const said: Said[] = [];
    for (const { sourceContent, location } of block.citationsContent?.citations ?? []) {
      const [kind = '', place = {}] = Object.entries(location)[0] ?? [];
      const { documentIndex, start, end, url, domain } = place as Record<string, string | number>;
      const cited = (sourceContent ?? []).map(({ text }) => text).join('');
      said.push(['citation', kind, cited, documentIndex ?? url, start ?? domain, end]);
    }
    for (const { text } of block.citationsContent?.content ?? []) said.push(['text', text]);
    if (block.text) said.push(['text', block.text]);
    const { reasoningText, redactedContent } = block.reasoningContent ?? {};
    if (reasoningText) said.push(['thinking', reasoningText.text ?? '', reasoningText.signature ?? '']);
    if (redactedContent) said.push(['sealed', Buffer.from(redactedContent, 'base64').toString()]);
    if (block.toolUse) {
      const { toolUseId, name, input, type } = block.toolUse;
      said.push(['call', type === 'server_tool_use', toolUseId, name, input as object]);
    }
    if (block.toolResult) {
      const { toolUseId, type, status, content } = block.toolResult;
      said.push(['result', toolUseId, type, status, content]);
    }
    return said;
  });
}
