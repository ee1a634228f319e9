import type { GenerationId } from '@streambed/protocol';
import type { OpenDatabase } from '../../../database/database.ts';
import type { Owner } from '../../../generation/owner.ts';
import type { ResponseParams } from './params.ts';
import type { KeptAnswer, StoredResponse } from './response-store.ts';

/** Stored responses that a restart must not lose. Whatever fails on the disk throws `SB_STORE_FAILED`. */
export class ResponseRows {
  readonly #database: Pick<OpenDatabase, 'db' | 'forgetJournal'>;

  constructor(database: Pick<OpenDatabase, 'db' | 'forgetJournal'>) {
    this.#database = database;
  }

  async put({ owner, generation, params, startedAt }: StoredResponse, usedAt: number): Promise<void> {
    const params_json = JSON.stringify(params);
    const row = {
      ...owner,
      generation,
      params_json,
      answer_json: null,
      started_at: startedAt,
      used_at: usedAt,
      size: params_json.length,
    };
    await this.#database.db.insertInto('response').values(row).execute();
  }

  async find({ project, user }: Owner, generation: GenerationId): Promise<StoredResponse | undefined> {
    const row = await this.#database.db
      .selectFrom('response')
      .selectAll()
      .where('generation', '=', generation)
      .where('project', '=', project)
      .where('user', '=', user)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      generation,
      owner: { project, user },
      params: JSON.parse(row.params_json) as ResponseParams,
      startedAt: row.started_at,
      ...(row.answer_json !== null && { answer: JSON.parse(row.answer_json) as KeptAnswer }),
    };
  }

  async keepAnswer(generation: GenerationId, answer: KeptAnswer): Promise<void> {
    const answer_json = JSON.stringify(answer);
    await this.#database.db
      .updateTable('response')
      .set(({ eb }) => ({ answer_json, size: eb('size', '+', answer_json.length) }))
      .where('generation', '=', generation)
      .execute();
  }

  async used(generation: GenerationId, usedAt: number): Promise<void> {
    await this.#database.db
      .updateTable('response')
      .set({ used_at: usedAt })
      .where('generation', '=', generation)
      .execute();
  }

  /** Erases one: nothing of it stays on the disk. */
  async forget(generation: GenerationId): Promise<void> {
    const { numDeletedRows } = await this.#database.db
      .deleteFrom('response')
      .where('generation', '=', generation)
      .executeTakeFirst();
    if (numDeletedRows > 0n) await this.#database.forgetJournal();
  }

  /** Erases what was last used before `before`, and the oldest where there is more than `size`. */
  async sweep(before: number, size: number): Promise<void> {
    const { db } = this.#database;
    let { numDeletedRows: gone } = await db
      .deleteFrom('response')
      .where('used_at', '<', before)
      .executeTakeFirst();
    const rows = await db
      .selectFrom('response')
      .select(['generation', 'size'])
      .orderBy('used_at', 'desc')
      .execute();
    let kept = 0;
    for (const row of rows) {
      kept += row.size;
      if (kept <= size) continue;
      await db.deleteFrom('response').where('generation', '=', row.generation).execute();
      gone += 1n;
    }
    if (gone > 0n) await this.#database.forgetJournal();
  }
}
