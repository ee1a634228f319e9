import type { HighlightReply, HighlightRequest, Line } from './highlighter-messages.ts';

/** One block of code that is coloured as it grows. */
export interface HighlightJob {
  /** The code so far. While the worker is at it, only the newest waits. */
  update(code: string): void;
  end(): void;
}

/** Colours of finished blocks that are kept: what scrolls back into sight has them at once. */
const kept = 100;
const finished = new Map<string, readonly Line[]>();
const nameOf = (language: string, code: string) => `${language}\n${code}`;

let worker: Worker | undefined;
let made = 0;
const listeners = new Map<number, (reply: HighlightReply) => void>();

function send(request: HighlightRequest): void {
  worker ??= startWorker();
  worker.postMessage(request);
}

function startWorker(): Worker {
  const started = new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module' });
  started.onmessage = ({ data }: MessageEvent<HighlightReply>) => listeners.get(data.id)?.(data);
  return started;
}

/** The colours of code that was coloured before. */
export function knownLines(language: string, code: string): readonly Line[] | undefined {
  return finished.get(nameOf(language, code));
}

/** Calls `onLines` whenever more is coloured; never, where there is no grammar or no worker. */
export function startHighlight(language: string, onLines: (lines: readonly Line[]) => void): HighlightJob {
  made += 1;
  const id = made;
  let sent = '';
  let waiting: string | undefined;
  let busy = false;
  let lines: readonly Line[] = [];

  const pump = () => {
    if (busy || waiting === undefined || waiting === sent) return;
    const from = waiting.startsWith(sent) ? sent.length : 0;
    send({ id, language, from, text: waiting.slice(from) });
    sent = waiting;
    busy = true;
  };
  listeners.set(id, (reply) => {
    busy = false;
    if (reply.lines === undefined) {
      listeners.delete(id);
      busy = true;
      return;
    }
    lines = [...lines.slice(0, reply.from), ...reply.lines];
    onLines(lines);
    pump();
  });
  return {
    update(code) {
      waiting = code;
      pump();
    },
    end() {
      listeners.delete(id);
      if (!busy && lines.length > 0) remember(nameOf(language, sent), lines);
      if (sent !== '') send({ id, language, from: 0, text: undefined });
    },
  };
}

function remember(name: string, lines: readonly Line[]): void {
  finished.delete(name);
  finished.set(name, lines);
  for (const oldest of finished.keys()) {
    if (finished.size <= kept) break;
    finished.delete(oldest);
  }
}
