import type {
  AccessEndedTable,
  AccessKeyTable,
  AccessSecretTable,
  AccessStateTable,
} from './tables/access.ts';
import type { ConversationTable, TurnSettingsTable, TurnTable } from './tables/conversations.ts';
import type { PresetTable } from './tables/presets.ts';
import type { ResponseTable } from './tables/responses.ts';
import type { UsageTable } from './tables/usage.ts';

/** Every table and its columns. Each has `project` and `user`, whose row it is, but for `access_state`, which is one row. */
export interface Tables {
  readonly conversation: ConversationTable;
  readonly turn: TurnTable;
  readonly turn_settings: TurnSettingsTable;
  readonly preset: PresetTable;
  readonly response: ResponseTable;
  readonly usage: UsageTable;
  readonly access_key: AccessKeyTable;
  readonly access_secret: AccessSecretTable;
  readonly access_ended: AccessEndedTable;
  readonly access_state: AccessStateTable;
}
