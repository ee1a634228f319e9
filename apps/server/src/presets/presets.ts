import { StreambedError } from '@streambed/protocol';
import type { Preset, PresetList, PresetOrder } from '@streambed/protocol/presets';
import { own } from '../conversations/queries.ts';
import { Wakeups } from '../conversations/wakeups.ts';
import type { Database } from '../database/database.ts';
import type { PresetTable } from '../database/tables/presets.ts';
import type { Owner } from '../generation/owner.ts';

/** So many an owner may keep, and so many bytes of JSON: all of them fit into one frame. */
const maxPresets = 100;
const maxBytes = 512 * 1024;

/** All that an owner keeps, whenever something of it has changed. */
export interface PresetsChange extends Pick<PresetList, 'rev'> {
  readonly reset: true;
  readonly items: readonly Preset[];
}

/** What owners keep under names for the questions to come. Anyone else is told that there is nothing. */
export class Presets {
  readonly #db: Database;
  readonly #wakeups = new Wakeups();
  /** Revs of an earlier process are all smaller: who comes with one of those is told everything. */
  #rev = Date.now();

  constructor(db: Database) {
    this.#db = db;
  }

  get rev(): number {
    return this.#rev;
  }

  async list(owner: Owner): Promise<PresetList> {
    // Before what it counts, so that nothing is missed: what changes meanwhile is told once more.
    const rev = this.#rev;
    const rows = await this.#of(owner).selectAll().orderBy('name').execute();
    return { presets: rows.map(toPreset), rev };
  }

  /** Keeps one; what had the name before is replaced. Throws `SB_BAD_REQUEST` where there are too many. */
  async save(owner: Owner, { name, parameters }: PresetOrder): Promise<Preset> {
    const row: PresetTable = {
      ...own(owner),
      name,
      parameters_json: JSON.stringify(parameters),
      updated_at: Date.now(),
    };
    await this.#db.transaction().execute(async (trx) => {
      const others = await trx
        .selectFrom('preset')
        .where('project', '=', owner.project)
        .where('user', '=', owner.user)
        .where('name', '<>', name)
        .select('parameters_json')
        .execute();
      checkRoom([...others, row]);
      await trx
        .insertInto('preset')
        .values(row)
        .onConflict((conflict) => conflict.columns(['project', 'user', 'name']).doUpdateSet(row))
        .execute();
    });
    this.#changed(owner);
    return toPreset(row);
  }

  /** Throws `SB_NOT_FOUND`. */
  async remove(owner: Owner, name: string): Promise<void> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('preset')
      .where('project', '=', owner.project)
      .where('user', '=', owner.user)
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    if (numDeletedRows === 0n)
      throw new StreambedError('SB_NOT_FOUND', 'There is no preset of that name.', { field: 'preset' });
    this.#changed(owner);
  }

  /** Everything there is, unless that is known (`after`), then again with each change, until the signal. */
  watch(owner: Owner, after: number | undefined, signal: AbortSignal): AsyncGenerator<PresetsChange> {
    let told = after;
    return this.#wakeups.follow(owner, signal, async () => {
      if (told === this.#rev) return undefined;
      const { presets, rev } = await this.list(owner);
      told = rev;
      return { rev, reset: true as const, items: presets };
    });
  }

  #of({ project, user }: Owner) {
    return this.#db.selectFrom('preset').where('project', '=', project).where('user', '=', user);
  }

  #changed(owner: Owner): void {
    this.#rev = Math.max(Date.now(), this.#rev + 1);
    this.#wakeups.wake(owner);
  }
}

function checkRoom(all: readonly Pick<PresetTable, 'parameters_json'>[]): void {
  const bytes = all.reduce((sum, { parameters_json: json }) => sum + Buffer.byteLength(json), 0);
  if (all.length <= maxPresets && bytes <= maxBytes) return;
  const what = all.length > maxPresets ? `${maxPresets} presets` : 'half a megabyte of presets';
  throw new StreambedError('SB_BAD_REQUEST', `An owner may keep ${what}, no more. Delete some first.`, {
    field: 'parameters',
  });
}

function toPreset({ name, parameters_json: json, updated_at: at }: PresetTable): Preset {
  return { name, parameters: JSON.parse(json), updated_at: at / 1000 };
}
