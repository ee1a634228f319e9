import { z } from 'zod';

/*
 * Values as flags, variables and YAML write them: text or already typed. Each says what it expected in words that end
 * the sentence "KEY: expected …".
 */

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number) {
  const kind = `a whole number from ${min} to ${max}`;
  return read(kind, (value) => {
    const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
    return Number.isSafeInteger(number) && (number as number) >= min && (number as number) <= max
      ? (number as number)
      : undefined;
  });
}

/** Longest wait that a timer can hold, in milliseconds. */
const maxTimer = 2 ** 31 - 1;

export const milliseconds = wholeNumber(1, maxTimer);
export const zeroOrMoreMilliseconds = wholeNumber(0, maxTimer);

const truths: Readonly<Record<string, boolean>> = {
  1: true,
  true: true,
  yes: true,
  on: true,
  0: false,
  false: false,
  no: false,
  off: false,
};

export const truth = read('true or false', (value) =>
  typeof value === 'boolean' ? value : truths[String(value).trim().toLowerCase()],
);

/** Text with something in it. */
export function text(kind: string, pattern = /\S/) {
  return read(kind, (value) =>
    typeof value === 'string' && pattern.test(value.trim()) ? value.trim() : undefined,
  );
}

export function oneOf<const T extends readonly string[]>(...choices: T) {
  return read(`${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`, (value) =>
    choices.find((choice) => choice === String(value).trim().toLowerCase()),
  ) as z.ZodType<T[number]>;
}

/** An http or https URL without a slash at its end. */
export const url = read('an http or https URL', (value) => {
  if (typeof value !== 'string' || !URL.canParse(value.trim())) return undefined;
  const parsed = new URL(value.trim());
  return /^https?:$/.test(parsed.protocol) ? parsed.href.replace(/\/+$/, '') : undefined;
});

/** Origins: a list, or text with commas. */
export const origins = read('origins such as https://chat.example.com, separated by commas', (value) => {
  const list = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(list)) return undefined;
  const wanted = list.map((item) => String(item).trim()).filter((item) => item !== '');
  const parsed = wanted.map((item) => (URL.canParse(item) ? new URL(item) : undefined));
  const fine = parsed.every(
    (it) => it !== undefined && /^https?:$/.test(it.protocol) && it.pathname === '/' && it.search === '',
  );
  return fine ? (parsed.map((it) => it?.origin) as readonly string[]) : undefined;
});

/** Which proxies' `X-Forwarded-…` headers count: all, none, so many hops, or those at the addresses named. */
export const trustProxy = read(
  'true, false, a number of proxies, or addresses separated by commas',
  (value) => {
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
    if (typeof value !== 'string') return undefined;
    const word = value.trim().toLowerCase();
    if (word === 'true' || word === 'false') return word === 'true';
    if (/^\d+$/.test(word)) return Number(word);
    const address = /^(loopback|linklocal|uniquelocal|[\da-f.:]+(\/\d+)?)$/;
    const list = word.split(',').map((item) => item.trim());
    return list.every((item) => address.test(item)) ? list.join(',') : undefined;
  },
);

/** A path in front of everything: empty, or with a slash at its start and none at its end. */
export const basePath = read('a path such as /streambed', (value) => {
  if (typeof value !== 'string') return undefined;
  const path = value.trim().replace(/\/+$/, '');
  return path === '' || /^(\/[\w.~-]+)+$/.test(path) ? path : undefined;
});

export const region = text('an AWS region such as eu-central-1', /^[a-z]{2,5}(-[a-z]+)+-\d+$/);

function read<T>(expected: string, parse: (value: unknown) => T | undefined): z.ZodType<T> {
  return z.unknown().transform((value, context) => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  }) as unknown as z.ZodType<T>;
}
