import type { ConversationTable, TurnSettingsTable, TurnTable } from './tables/conversations.ts';

/** Every table and its columns. Each has `project` and `user`, whose row it is. */
export interface Tables {
  readonly conversation: ConversationTable;
  readonly turn: TurnTable;
  readonly turn_settings: TurnSettingsTable;
}
