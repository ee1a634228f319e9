import { Burst, type EventItem } from '@streambed/protocol';
import type { ActivityItem } from '@streambed/protocol/frames';
import type { GenerationView } from '../stream-log/stream-log.ts';

/** What a model counts as tokens isn't known before its end; this many characters make about one. */
const charactersPerToken = 4;

/** One generation, as its watchers are told of it. */
export interface ActivityRow {
  rev: number;
  item: ActivityItem;
  characters: number;
  /** The last seq that has been counted. */
  after: number;
  following: AbortController | undefined;
}

/** What is known of one as it begins. */
export function beginRow({ record }: GenerationView): ActivityRow {
  const { generation, id, model, surface, key, conversation, startedAt } = record;
  const item: ActivityItem = {
    generation,
    ...(id !== undefined && { id }),
    state: 'running',
    phase: 'waiting',
    model,
    ...(surface !== undefined && { surface }),
    ...(key !== undefined && { key }),
    ...(conversation !== undefined && { conversation }),
    started_at: startedAt / 1000,
    output_tokens: 0,
    attempts: 1,
  };
  return { rev: 0, item, characters: 0, after: 0, following: undefined };
}

/** Takes its end in: the counts are exact now, unless it was cut short. */
export function endRow(row: ActivityRow, { stop, endedAt }: GenerationView): void {
  if (stop === undefined) return;
  const { phase: _, ...rest } = row.item;
  const { usage, cost, bedrock } = stop;
  const written = stop.state === 'completed' ? 0 : (rest.output_tokens ?? 0);
  row.item = {
    ...rest,
    state: stop.state,
    ...(endedAt !== undefined && { ended_at: endedAt / 1000 }),
    ...(usage.input_tokens !== undefined && { input_tokens: usage.input_tokens }),
    ...(usage.output_tokens !== undefined && { output_tokens: Math.max(written, usage.output_tokens) }),
    ...(bedrock?.attempts !== undefined && { attempts: bedrock.attempts }),
    ...(cost.status !== 'unknown' && { cost }),
    ...(stop.error !== undefined && { error: stop.error.code }),
  };
}

/** Takes one event in, or a burst of them. */
export function countItem(row: ActivityRow, item: EventItem): void {
  if (item instanceof Burst) {
    wrote(row, item.kind === 'thinking_delta' ? 'thinking' : 'writing', item.text.length);
    return;
  }
  const { event } = item;
  if (event.type === 'message_start') {
    const { input_tokens } = event.message.usage ?? {};
    if (input_tokens !== undefined) row.item = { ...row.item, input_tokens };
  } else if (event.type === 'content_block_delta') {
    const { delta } = event;
    if (delta.type === 'text_delta') wrote(row, 'writing', delta.text.length);
    else if (delta.type === 'thinking_delta') wrote(row, 'thinking', delta.thinking.length);
    else if (delta.type === 'input_json_delta') wrote(row, 'writing', delta.partial_json.length);
  }
}

function wrote(row: ActivityRow, phase: 'thinking' | 'writing', characters: number): void {
  row.characters += characters;
  row.item = { ...row.item, phase, output_tokens: Math.round(row.characters / charactersPerToken) };
}
