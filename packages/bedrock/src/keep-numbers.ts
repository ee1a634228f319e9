// TypeScript doesn't know the third argument of a reviver and rawJSON yet (ES2026).
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * A reviver under which a number that JavaScript would change (an id of 20 digits among a tool's arguments, `1.0`) keeps
 * its own text: it is written out again as it came.
 */
export function keepNumbers(
  this: unknown,
  _key: string,
  value: unknown,
  context?: { source: string },
): unknown {
  if (typeof value !== 'number' || context === undefined || String(value) === context.source) return value;
  return rawJSON(context.source);
}
