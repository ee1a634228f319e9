import type {
  AssistantMessage,
  ClientId,
  ContentBlock,
  GenerationId,
  GenerationStop,
} from '@streambed/protocol';
import type { ConversationItem, ConversationTurn } from '@streambed/protocol/conversations';
import type { ConversationTable, TurnTable } from '../database/tables/conversations.ts';

/** A conversation as it goes out. */
export function toItem(
  row: ConversationTable,
  running: readonly GenerationId[],
  undoMs: number,
): ConversationItem {
  const { id, rev, title, pinned, created_at, updated_at, deleted_at, erased_at, leaf, turns } = row;
  return {
    id,
    state: erased_at !== null ? 'gone' : deleted_at !== null ? 'deleted' : 'kept',
    rev,
    title,
    pinned: pinned === 1,
    created_at: created_at / 1000,
    updated_at: updated_at / 1000,
    ...(deleted_at !== null && { restorable_until: (deleted_at + undoMs) / 1000 }),
    turns,
    ...(leaf !== null && { leaf }),
    running,
  };
}

/** A turn as it goes out. */
export function toTurn(row: TurnTable): ConversationTurn {
  const { id, parent, role, rev, created_at, state } = row;
  const turn = { id, ...(parent !== null && { parent }), role, rev, created_at: created_at / 1000 };
  if (state === 'kept') return { ...turn, content: contentOf(row) };
  const { client_id, model, settings, continues, stop_json, ended_at } = row;
  const message = messageOf(row);
  return {
    ...turn,
    answer: {
      ...(client_id !== null && { id: client_id as ClientId }),
      state,
      model: model ?? '',
      ...(settings !== null && { settings }),
      ...(continues !== null && { continues }),
      ...(message !== undefined && { message }),
      ...(stop_json !== null && { stop: JSON.parse(stop_json) as GenerationStop }),
      ...(ended_at !== null && { ended_at: ended_at / 1000 }),
    },
  };
}

/** What a turn says. */
export function contentOf({
  content_json,
}: Pick<TurnTable, 'content_json'>): string | readonly ContentBlock[] {
  return JSON.parse(content_json) as string | readonly ContentBlock[];
}

/** An answer with its content; nothing where it said nothing at all. */
function messageOf(row: Pick<TurnTable, 'message_json' | 'content_json'>): AssistantMessage | undefined {
  if (row.message_json === null) return undefined;
  const message = JSON.parse(row.message_json) as Omit<AssistantMessage, 'content'>;
  return { ...message, content: contentOf(row) as readonly ContentBlock[] } as AssistantMessage;
}
