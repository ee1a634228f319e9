import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';

/** What the configuration file says, and on which line. */
export interface ConfigDocument {
  readonly value: Readonly<Record<string, unknown>>;
  /** Where a key stands, as `streambed.yaml:3`; where it isn't there, the nearest key above it. */
  at(path: readonly PropertyKey[]): string;
}

/**
 * Reads the file at `path`, which messages call `name`. Throws ConfigError where it can't be read, is no YAML, or is
 * no mapping. A file that isn't there is an empty one, unless someone asked for it (`askedBy`: the flag or variable).
 */
export function readConfigFile(path: string, name: string, askedBy?: string): ConfigDocument {
  const text = readText(path, name, askedBy);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  const [error] = document.errors;
  if (error !== undefined) throw new ConfigError(`${lineAt(error.pos[0])}: ${error.message.split('\n')[0]}`);
  const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ConfigError(`${name}: expected keys and values, such as "port: 8080"`);
  }
  return {
    value: value as Record<string, unknown>,
    at(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const node = document.getIn(path.slice(0, length), true) as {
          range?: [number, number, number];
        } | null;
        const offset = node?.range?.[0];
        if (offset !== undefined) return lineAt(offset);
      }
      return name;
    },
  };
}

function readText(path: string, name: string, askedBy: string | undefined): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && askedBy === undefined) return '';
    const why = missing ? 'there is no such file' : (error as Error).message;
    throw new ConfigError(`${name}: ${why}${askedBy === undefined ? '' : ` (from ${askedBy})`}`);
  }
}
