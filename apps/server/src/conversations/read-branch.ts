import type { RequestSettings } from '@streambed/protocol/conversations';
import type { Queries } from '../database/database.ts';
import type { TurnState } from '../database/tables/conversations.ts';
import type { Owner } from '../generation/owner.ts';
import { branchTo, settingsIn } from './branch.ts';
import type { Said } from './history.ts';
import { contentOf } from './rows.ts';

/** What was said up to an answer that a conversation keeps, and how that answer stands. */
export interface KeptBranch {
  readonly conversation: string;
  readonly state: TurnState;
  /** Its end, where it has one. */
  readonly stop?: { readonly stop_reason?: unknown };
  /** From the first turn to that answer. */
  readonly said: readonly Said[];
  readonly settings?: RequestSettings;
}

/** Reads the branch that ends on an answer; nothing where no conversation of this owner's has it. */
export async function readBranch(db: Queries, owner: Owner, answer: string): Promise<KeptBranch | undefined> {
  const turns = await branchTo(db, owner, answer);
  const last = turns.at(-1);
  if (last === undefined) return undefined;
  const { conversation, state, stop_json, settings: name } = last;
  const settings = name === null ? undefined : (await settingsIn(db, owner, conversation, [name]))[name];
  return {
    conversation,
    state,
    ...(stop_json !== null && { stop: JSON.parse(stop_json) as { stop_reason?: unknown } }),
    said: turns.map((turn) => ({
      role: turn.role,
      content: contentOf(turn),
      state: turn.state,
      continues: turn.continues,
    })),
    ...(settings !== undefined && { settings }),
  };
}
