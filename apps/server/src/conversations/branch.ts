import type { RequestSettings } from '@streambed/protocol/conversations';
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { TurnTable } from '../database/tables/conversations.ts';
import type { Owner } from '../generation/owner.ts';

/** The turns from the first to one of them, that one last; none where there is no such turn. */
export async function branchTo(
  db: Database,
  { project, user }: Owner,
  turn: string,
): Promise<readonly TurnTable[]> {
  const { rows } = await sql<TurnTable>`
    with recursive branch as (
      select turn.* from turn where project = ${project} and "user" = ${user} and id = ${turn}
      union all
      select turn.* from turn join branch on turn.id = branch.parent
      where turn.project = ${project} and turn."user" = ${user}
    )
    select * from branch order by depth`.execute(db);
  return rows;
}

/** What an answer was asked with; nothing for a turn that is none. */
export async function settingsOf(
  db: Database,
  { project, user }: Owner,
  { conversation, settings }: Pick<TurnTable, 'conversation' | 'settings'>,
): Promise<RequestSettings | undefined> {
  if (settings === null) return undefined;
  const row = await db
    .selectFrom('turn_settings')
    .where('project', '=', project)
    .where('user', '=', user)
    .where('conversation', '=', conversation)
    .where('digest', '=', settings)
    .select('request_json')
    .executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.request_json) as RequestSettings);
}
