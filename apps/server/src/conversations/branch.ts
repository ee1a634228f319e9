import type { RequestSettings } from '@streambed/protocol/conversations';
import { sql } from 'kysely';
import type { Database, Queries } from '../database/database.ts';
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

/** What answers were asked with, by the digests that name it; all there is where none are given. */
export async function settingsIn(
  db: Queries,
  { project, user }: Owner,
  conversation: string,
  digests?: readonly string[],
): Promise<Readonly<Record<string, RequestSettings>>> {
  if (digests?.length === 0) return {};
  let select = db
    .selectFrom('turn_settings')
    .where('project', '=', project)
    .where('user', '=', user)
    .where('conversation', '=', conversation);
  if (digests !== undefined) select = select.where('digest', 'in', [...new Set(digests)]);
  const rows = await select.select(['digest', 'request_json']).execute();
  return Object.fromEntries(
    rows.map(({ digest, request_json }) => [digest, JSON.parse(request_json) as RequestSettings]),
  );
}
