import type { Fitted } from '../../generation/generation.ts';

/** About so many letters of names stand in one header: the official clients take heads of 16 KiB. */
const maxNames = 2_000;

/** Where a request went and how it was fitted, for whoever reads headers; `generation_stop` says it to all. */
export function fittedHeaders(
  fitted: Partial<Fitted> | undefined,
  own: { readonly dropped?: readonly string[]; readonly defaulted?: readonly string[] } = {},
): Record<string, string> {
  const { target, attempts } = fitted ?? {};
  const dropped = [...(own.dropped ?? []), ...(fitted?.dropped ?? [])];
  const defaulted = [...(own.defaulted ?? []), ...(fitted?.defaulted ?? [])];
  return {
    ...(target !== undefined && { 'x-streambed-target': target }),
    ...(attempts !== undefined && { 'x-streambed-attempts': String(attempts) }),
    ...(dropped.length > 0 && { 'x-streambed-dropped': namesInHeader(dropped) }),
    ...(defaulted.length > 0 && { 'x-streambed-defaulted': namesInHeader(defaulted) }),
  };
}

/** Names may be the caller's own words: a header holds only ASCII, and not without end. */
function namesInHeader(names: readonly string[]): string {
  const shown: string[] = [];
  let length = 0;
  for (const name of names) {
    const clean = name.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
    length += clean.length + 2;
    if (length > maxNames) return `${shown.join(', ')}, and ${names.length - shown.length} more`;
    shown.push(clean);
  }
  return shown.join(', ');
}
