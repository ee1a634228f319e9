import type { GenerationSnapshot } from '@streambed/client';

/** What this page saw of an answer on its way. Times are on `performance.now`'s scale. */
export interface Progress {
  readonly since: number;
  /** When its first token came; undefined before, and where that was before we looked. */
  readonly firstAt: number | undefined;
  /** When counting began, and how much had been written by then. */
  readonly from: { readonly at: number; readonly characters: number } | undefined;
  readonly characters: number;
  readonly lastAt: number;
}

/** Only answers on their way are followed, and few are at a time. */
const kept = 20;
const all = new Map<string, Progress>();

/** Notes how far an answer is. Called as it is shown, so at most once a frame. */
export function noteProgress({ id, message, phase }: GenerationSnapshot): void {
  const now = performance.now();
  const characters = message.content.reduce((sum, block) => sum + lengthOf(block), 0);
  const before = all.get(id);
  if (before?.characters === characters && characters > 0) return;
  const begun = characters > 0 || phase === 'writing' || phase === 'thinking';
  const seen = before === undefined ? undefined : before.firstAt;
  all.set(id, {
    since: before?.since ?? now,
    firstAt: seen ?? (begun && before !== undefined && before.characters === 0 ? now : undefined),
    from: before?.from ?? (characters > 0 ? { at: now, characters } : undefined),
    characters,
    lastAt: now,
  });
  for (const oldest of all.keys()) {
    if (all.size <= kept) break;
    all.delete(oldest);
  }
}

export function progressOf(id: string): Progress | undefined {
  return all.get(id);
}

/** What a model counts as tokens isn't known before its end; this many characters of text make about one. */
const charactersPerToken = 4;

/** Tokens so far, and how many a second; undefined where too little was seen to say. */
export function estimate({ from, characters, lastAt }: Progress): {
  readonly tokens: number;
  readonly perSecond: number | undefined;
} {
  const seconds = from === undefined ? 0 : (lastAt - from.at) / 1_000;
  const written = characters - (from?.characters ?? 0);
  return {
    tokens: Math.round(characters / charactersPerToken),
    perSecond: seconds < 0.3 ? undefined : written / charactersPerToken / seconds,
  };
}

function lengthOf(block: object | undefined): number {
  let sum = 0;
  const fields = Object(block) as Readonly<Record<string, unknown>>;
  for (const name of ['text', 'thinking', 'partial_json']) {
    const value = fields[name];
    if (typeof value === 'string') sum += value.length;
  }
  return sum;
}
