import { ConfigError } from '../config/config-error.ts';

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `15m`, `24h`, `30d`, in milliseconds. Throws ConfigError that names the flag, as all of these do. */
export function duration(flag: string, value: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (count === undefined)
    throw new ConfigError(`--${flag}: expected a time such as 15m, 24h or 30d, got "${value}"`);
  return Number(count) * (units[unit] ?? 0) * 1000;
}

/** A day, a moment, or how long from now, in seconds since 1970. */
export function instant(flag: string, value: string): number {
  if (/^\d{1,6}[smhd]$/.test(value)) return Math.floor((Date.now() + duration(flag, value)) / 1000);
  const at = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new ConfigError(
      `--${flag}: expected a day such as 2027-01-31, or a time from now such as 30d, got "${value}"`,
    );
  }
  return Math.floor(at / 1000);
}

/** Names with commas between them. */
export function list(_flag: string, value: string): readonly string[] {
  return value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

export function wholeNumber(flag: string, value: string): number {
  if (!/^\d{1,10}$/.test(value)) throw new ConfigError(`--${flag}: expected a whole number, got "${value}"`);
  return Number(value);
}
