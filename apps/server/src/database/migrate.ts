import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { ConfigError } from '../config/config-error.ts';
import type { Logger } from '../log.ts';
import { migrations as known } from './migrations/index.ts';

const table = 'schema_step';
/** A copy from before a step forward is kept so long: erased conversations must not live on in it for ever. */
const copyMs = 7 * 24 * 60 * 60_000;

export interface MigrateOptions<DB> {
  readonly db: Kysely<DB>;
  readonly dialect: { copyTo(path: string): void };
  readonly path: string;
  readonly log: Pick<Logger, 'info'>;
  readonly isNew: boolean;
  readonly mayMigrate: boolean;
  readonly migrations?: Readonly<Record<string, Migration>>;
}

/** Takes the steps that are missing, all of them or none. Throws ConfigError for a database of a newer version. */
export async function migrate<DB>(options: MigrateOptions<DB>): Promise<void> {
  const { db, dialect, path, log, isNew, mayMigrate, migrations = known } = options;
  removeOldCopies(path);
  const done = await stepsDone(db);
  const newer = done.filter((name) => !Object.hasOwn(migrations, name));
  if (newer.length > 0) {
    throw new ConfigError(
      `data_dir: ${path} was written by a newer Streambed (it has ${newer.join(', ')}): start that version, or put the copy it made before in its place`,
    );
  }
  const missing = Object.keys(migrations).filter((name) => !done.includes(name));
  const [first] = missing;
  if (first === undefined) return;
  if (!mayMigrate && !isNew) {
    throw new ConfigError(
      `data_dir: ${path} is of an older Streambed: start the server once, which brings it forward`,
    );
  }
  if (done.length > 0) {
    const copy = `${path}.before-${first}-${Date.now()}`;
    dialect.copyTo(copy);
    log.info({ steps: missing, copy }, 'the database is brought forward');
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: table,
    migrationLockTableName: `${table}_lock`,
    // Steps of two lines of work may come in another order than they are numbered.
    allowUnorderedMigrations: true,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function stepsDone<DB>(db: Kysely<DB>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === table)) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)}`.execute(db);
  return rows.map(({ name }) => name);
}

function removeOldCopies(path: string): void {
  const folder = dirname(path);
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(`${basename(path)}.before-`)) continue;
    const copy = join(folder, file);
    if (Date.now() - statSync(copy).mtimeMs > copyMs) unlinkSync(copy);
  }
}
