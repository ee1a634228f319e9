import { parseArgs } from 'node:util';
import { parseWith, StreambedError } from '@streambed/protocol';
import { KeyStore } from '../access/key-store.ts';
import { type DescribedKey, describeKey, toGraceMs, toKeyChange, toNewKey } from '../access/terms.ts';
import { nearMiss } from '../config/near-miss.ts';
import { ConfigError, readConfig } from '../config.ts';
import { openData } from './open-data.ts';
import { printTable } from './print-table.ts';
import { duration, instant, list, wholeNumber } from './values.ts';

const text = { type: 'string' } as const;
const truth = { type: 'boolean' } as const;
/** Where the data is, and how it is printed. */
const everywhere = { 'data-dir': text, config: text, json: truth } as const;
const limits = {
  name: text,
  models: text,
  surfaces: text,
  'requests-per-minute': text,
  'tokens-per-minute': text,
  expires: text,
} as const;

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;
type Given = Readonly<Record<string, string | boolean | undefined>>;

interface Command {
  readonly options: Options;
  /** What it is called with beside its options. */
  readonly takes?: 'ID';
  run(store: KeyStore, given: Given, id: string): Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  create: {
    options: { ...limits, project: text, user: text, admin: truth },
    async run(store, given) {
      const order = { ...termsOf(given), project: given.project, user: given.user, admin: given.admin };
      const isFirst = (await store.list()).length === 0;
      const { key, secret } = await store.create(parseWith(toNewKey, order));
      printMade(describeKey(key), secret, given);
      if (isFirst && given.json !== true)
        say('It is the first: from now on a server on this data folder wants a key for everything.');
    },
  },
  list: {
    options: {},
    async run(store, given) {
      const keys = (await store.list()).map((key) => describeKey(key));
      if (given.json === true) print(keys);
      else if (keys.length === 0) say('There are no keys. `streambed keys create --name NAME` makes one.');
      else printTable(keys.map(rowOf));
    },
  },
  limit: {
    options: limits,
    takes: 'ID',
    run: async (store, given, id) =>
      printKey(describeKey(await store.update(id, parseWith(toKeyChange, termsOf(given)))), given),
  },
  rotate: {
    options: { grace: text },
    takes: 'ID',
    async run(store, given, id) {
      const seconds = given.grace === undefined ? undefined : duration('grace', String(given.grace)) / 1000;
      const { key, secret } = await store.rotate(id, parseWith(toGraceMs, { grace_seconds: seconds }));
      printMade(describeKey(key), secret, given);
    },
  },
  revoke: {
    options: {},
    takes: 'ID',
    run: async (store, given, id) => printKey(describeKey(await store.revoke(id)), given),
  },
};

/**
 * `streambed keys …`: works on the data folder itself, whether or not a server runs on it. Throws ConfigError for what
 * was said wrong.
 */
export async function keys(argv: readonly string[]): Promise<void> {
  const [name = '', ...rest] = argv;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const near = nearMiss(name, Object.keys(commands));
    const hint =
      near === undefined ? `expected ${Object.keys(commands).join(', ')}` : `did you mean ${near}?`;
    throw new ConfigError(`there is no command keys ${name}; ${hint}`);
  }
  const { given, id } = readOptions(name, command, rest);
  const places = ['data-dir', 'config'].flatMap((flag) =>
    given[flag] === undefined ? [] : [`--${flag}`, String(given[flag])],
  );
  await using data = await openData(readConfig({ argv: places }));
  try {
    await command.run(new KeyStore(data.db), given, id);
  } catch (thrown) {
    throw thrown instanceof StreambedError ? new ConfigError(thrown.message) : thrown;
  }
}

function readOptions(
  name: string,
  { options, takes }: Command,
  argv: readonly string[],
): { readonly given: Given; readonly id: string } {
  const all = { ...everywhere, ...options };
  let parsed: { readonly values: Given; readonly positionals: readonly string[] };
  try {
    parsed = parseArgs({ args: [...argv], options: all, allowPositionals: true });
  } catch (thrown) {
    const unknown = /Unknown option '--([^']+)'/.exec((thrown as Error).message)?.[1];
    if (unknown === undefined) throw new ConfigError((thrown as Error).message);
    const near = nearMiss(unknown, Object.keys(all));
    const hint =
      near === undefined ? `it knows --${Object.keys(all).join(', --')}` : `did you mean --${near}?`;
    throw new ConfigError(`keys ${name} has no flag --${unknown}; ${hint}`);
  }
  const { values, positionals } = parsed;
  const wanted = takes === undefined ? 0 : 1;
  if (positionals.length !== wanted) {
    throw new ConfigError(
      takes === undefined
        ? `"${positionals[0]}" is not expected here: keys ${name} takes flags only`
        : `keys ${name} takes the id of one key; \`streambed keys list\` shows them`,
    );
  }
  return { given: values, id: positionals[0] ?? '' };
}

/** Flags as the API's words; `none` takes a limit away. */
function termsOf(given: Given): Record<string, unknown> {
  const read = (flag: string, to: (flag: string, value: string) => unknown) => {
    const value = given[flag];
    if (value === undefined) return undefined;
    return value === 'none' && flag !== 'name' ? null : to(flag, String(value));
  };
  const terms = {
    name: read('name', (_flag, value) => value),
    models: read('models', list),
    surfaces: read('surfaces', list),
    requests_per_minute: read('requests-per-minute', wholeNumber),
    tokens_per_minute: read('tokens-per-minute', wholeNumber),
    expires_at: read('expires', instant),
  };
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined));
}

function rowOf(key: DescribedKey): Readonly<Record<string, string>> {
  return {
    ID: key.id,
    NAME: key.name,
    STATE: key.state,
    PROJECT: key.project,
    USER: key.user,
    ADMIN: key.admin ? 'yes' : '',
    MODELS: key.models?.join(',') ?? 'all',
    SURFACES: key.surfaces?.join(',') ?? 'all',
    'REQ/MIN': String(key.requests_per_minute ?? ''),
    'TOKENS/MIN': String(key.tokens_per_minute ?? ''),
    EXPIRES: key.expires_at === null ? 'never' : new Date(key.expires_at * 1000).toISOString().slice(0, 16),
  };
}

/** The key alone goes to standard output: it can be piped to where it is to be kept. */
function printMade(key: DescribedKey, secret: string, given: Given): void {
  if (given.json === true) {
    print({ ...key, key: secret });
    return;
  }
  process.stdout.write(`${secret}\n`);
  say(
    `\nThis is shown once and kept nowhere. It is key ${key.id} ("${key.name}"), of ${key.user} in the project ${key.project}. A server that is running takes it within a second.`,
  );
}

function printKey(key: DescribedKey, given: Given): void {
  if (given.json === true) print(key);
  else printTable([rowOf(key)]);
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
