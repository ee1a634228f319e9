import { useEffect, useState } from 'react';

/** How long each block was thought at, as this page saw it; what was thought before it looked has no time. */
const spans = new Map<string, { readonly from: number; to: number | undefined }>();
const kept = 500;

/** Whole seconds the block of that name took so far, or took; undefined where nobody saw. */
export function useThinkingSeconds(name: string, live: boolean): number | undefined {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (!live) return;
    if (!spans.has(name)) spans.set(name, { from: performance.now(), to: undefined });
    for (const oldest of spans.keys()) {
      if (spans.size <= kept) break;
      spans.delete(oldest);
    }
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => {
      clearInterval(timer);
      const span = spans.get(name);
      if (span !== undefined) span.to = performance.now();
      setNow(performance.now());
    };
  }, [name, live]);
  const span = spans.get(name);
  if (span === undefined) return undefined;
  return Math.max(0, Math.round(((live ? now : (span.to ?? now)) - span.from) / 1_000));
}
