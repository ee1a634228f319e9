import { ConfigError } from './config-error.ts';
import { nearMiss } from './near-miss.ts';
import { settings } from './settings.ts';

/** A flag as it was given. */
export interface Given {
  readonly value: unknown;
  /** As a person would look for it: `--port`, `the variable PORT`, `streambed.yaml:3`. */
  readonly source: string;
}

const configFlag = { flag: 'config', isSwitch: false } as const;

/** Reads `--flag value`, `--flag=value` and switches. Throws ConfigError for what isn't known. */
export function readArguments(argv: readonly string[]): ReadonlyMap<string, Given> {
  const flags = [...settings.filter((setting) => setting.flag !== undefined), configFlag];
  const given = new Map<string, Given>();
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
    if (match === null) throw new ConfigError(`"${argument}" is not expected here; --help lists what is`);
    const name = match[1] ?? '';
    const setting = flags.find(({ flag }) => flag === name);
    if (setting === undefined) throw new ConfigError(unknownFlag(name, flags));
    let value: unknown = match[2];
    if (value === undefined && setting.isSwitch === true) value = true;
    if (value === undefined) {
      index += 1;
      value = argv[index];
      if (value === undefined || String(value).startsWith('--')) {
        throw new ConfigError(
          `--${name} needs a value: --${name} ${'value' in setting ? setting.value : 'FILE'}`,
        );
      }
    }
    given.set(name, { value, source: `--${name}` });
  }
  return given;
}

function unknownFlag(name: string, flags: readonly { readonly flag?: string }[]): string {
  const near = nearMiss(
    name,
    flags.flatMap(({ flag }) => flag ?? []),
  );
  const hint = near === undefined ? '--help lists the flags there are' : `did you mean --${near}?`;
  return `there is no flag --${name}; ${hint}`;
}
