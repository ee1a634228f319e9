import { isDeepStrictEqual } from 'node:util';

/** What a scenario remembers by name: ids it made, values it saved. */
export type Variables = Map<string, unknown>;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Puts the values of variables in the place of `$name`, wherever a text is just that, or that after a colon
 * (`conversation:$id`). Throws for one nobody set.
 */
export function fill(value: unknown, variables: Variables): unknown {
  const [, before, name] = typeof value === 'string' ? (/^([a-z]+:)?(\$[a-z]\w*)$/i.exec(value) ?? []) : [];
  if (name !== undefined) {
    if (!variables.has(name)) throw new Error(`the scenario uses ${name} before it is set`);
    return before === undefined ? variables.get(name) : `${before}${variables.get(name)}`;
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, variables));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, fill(field, variables)]));
}

/**
 * Compares what came with a pattern: an object needs the pattern's fields and may have more; a list and a scalar must
 * be equal. `{$save: name}` takes anything there and remembers it; `{$oneOf: […]}`, `{$min: n}`, `{$matches: regex}`,
 * `{$absent: true}` say what they mean. Returns what differs, or undefined.
 */
export function differs(pattern: unknown, value: unknown, variables: Variables, at = ''): string | undefined {
  const say = (expected: string) =>
    `${at === '' ? 'the frame' : at}: expected ${expected}, got ${shorten(value)}`;
  if (!isFields(pattern)) {
    return isDeepStrictEqual(pattern, value) ? undefined : say(JSON.stringify(pattern));
  }
  if ('$absent' in pattern) return value === undefined ? undefined : say('nothing');
  if ('$save' in pattern) {
    if (value === undefined) return say('a value');
    variables.set(`$${pattern.$save}`, value);
    return undefined;
  }
  if (Array.isArray(pattern.$oneOf)) {
    return pattern.$oneOf.some((one) => isDeepStrictEqual(one, value))
      ? undefined
      : say(`one of ${pattern.$oneOf.join(', ')}`);
  }
  if (typeof pattern.$min === 'number') {
    return typeof value === 'number' && value >= pattern.$min ? undefined : say(`at least ${pattern.$min}`);
  }
  if (typeof pattern.$matches === 'string') {
    return typeof value === 'string' && new RegExp(pattern.$matches).test(value)
      ? undefined
      : say(`something like ${pattern.$matches}`);
  }
  if (!isFields(value)) return say('an object');
  for (const [name, field] of Object.entries(pattern)) {
    const difference = differs(field, value[name], variables, at === '' ? name : `${at}.${name}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** A value as a message shows it. */
export function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
