import type { CDPSession } from 'playwright-core';

/** What the main thread of a page did while it was traced. */
export interface Busy {
  /** Time spent in tasks, in milliseconds. */
  readonly tasksMs: number;
  readonly longestMs: number;
  /** Tasks over 50 ms. */
  readonly long: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** The thread's own time, in microseconds. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Traces the page of `session` until the function that comes back is called. */
export async function trace(session: CDPSession): Promise<() => Promise<Busy>> {
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', 'toplevel', '__metadata'] },
  });
  return async () => {
    const ended = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
    await session.send('Tracing.end');
    await ended;
    return busiest(events);
  };
}

/** Of all renderers' main threads, the one that did most: the others are other pages. */
function busiest(events: readonly TraceEvent[]): Busy {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}:${tid}`),
  );
  const tasks = new Map<string, number[]>();
  for (const { name, ph, pid, tid, tdur } of events) {
    const thread = `${pid}:${tid}`;
    if (ph !== 'X' || tdur === undefined || !mains.has(thread)) continue;
    if (name !== 'RunTask') continue;
    tasks.set(thread, [...(tasks.get(thread) ?? []), tdur / 1_000]);
  }
  const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0);
  const most = [...tasks.values()].sort((a, b) => sum(b) - sum(a))[0] ?? [];
  return { tasksMs: sum(most), longestMs: Math.max(0, ...most), long: most.filter((ms) => ms > 50).length };
}
