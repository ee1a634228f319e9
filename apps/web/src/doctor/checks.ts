import { doctorTexts } from '../texts/doctor.ts';
import { type Arrival, judgeArrivals, watchBusy } from './arrivals.ts';

export type CheckName = 'http' | 'websocket' | 'stream' | 'headers';

/** What one check came to, in words. */
export interface CheckResult {
  readonly name: CheckName;
  readonly state: 'good' | 'warn' | 'bad';
  readonly says: string;
}

/** How the server is reached: as the page itself does. */
export interface Ways {
  /** The server's root, with a slash at its end. */
  readonly base: string;
  readonly fetch: typeof fetch;
  openSocket(url: string, protocol: string): WebSocket;
}

export const checkNames: readonly CheckName[] = ['http', 'websocket', 'stream', 'headers'];

const waitMs = 8_000;
const mostTries = 5;
/** So many streams that were held are no accident. */
const enoughHeld = 2;

/** Looks at what lies between this page and the server, one thing after another, and tells each as it is known. */
export async function runChecks(
  ways: Ways,
  signal: AbortSignal,
  told: (result: CheckResult) => void,
): Promise<void> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(3 * waitMs)]);
  for (const check of [checkHttp, checkWebSocket, checkStream]) {
    for (const result of await check(ways, within)) if (!signal.aborted) told(result);
  }
}

async function checkHttp({ base, fetch: ask }: Ways, signal: AbortSignal): Promise<readonly CheckResult[]> {
  const words = doctorTexts.says.http;
  const began = performance.now();
  try {
    const response = await ask(new URL('healthz', base), { signal, cache: 'no-store' });
    const ms = Math.round(performance.now() - began);
    return [
      response.ok
        ? { name: 'http', state: 'good', says: words.good(ms) }
        : { name: 'http', state: 'bad', says: words.status(response.status) },
    ];
  } catch {
    return [{ name: 'http', ...lateOr(signal, words.bad) }];
  }
}

async function checkWebSocket(ways: Ways, signal: AbortSignal): Promise<readonly CheckResult[]> {
  const words = doctorTexts.says.websocket;
  const url = new URL('ws', ways.base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const began = performance.now();
  const outcome = await new Promise<'hello' | 'closed' | 'silent'>((resolve) => {
    let socket: WebSocket;
    try {
      socket = ways.openSocket(url.href, 'streambed.v1');
    } catch {
      resolve('closed');
      return;
    }
    const timer = setTimeout(() => done('silent'), waitMs);
    const done = (how: 'hello' | 'closed' | 'silent') => {
      clearTimeout(timer);
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
      resolve(how);
    };
    socket.onmessage = () => done('hello');
    socket.onclose = () => done('closed');
    signal.addEventListener('abort', () => done('closed'), { once: true });
  });
  const ms = Math.round(performance.now() - began);
  if (outcome === 'hello') return [{ name: 'websocket', state: 'good', says: words.good(ms) }];
  return [{ name: 'websocket', ...lateOr(signal, outcome === 'silent' ? words.silent : words.bad) }];
}

/** A proxy that holds streams holds every one; a machine that is busy for a moment lets the next one through. */
async function checkStream(ways: Ways, signal: AbortSignal): Promise<readonly CheckResult[]> {
  const words = doctorTexts.says.stream;
  let held = 0;
  for (let tries = 1; ; tries += 1) {
    const probe = await readProbe(ways, signal);
    if ('failed' in probe) return [{ name: 'stream', ...probe.failed }];
    const { arrival, ticks, headers } = probe;
    if (arrival === 'flowed') return [{ name: 'stream', state: 'good', says: words.good(ticks) }, headers];
    if (arrival === 'held') held += 1;
    if (held >= enoughHeld) return [{ name: 'stream', state: 'bad', says: words.held }, headers];
    if (tries === mostTries) return [{ name: 'stream', state: 'warn', says: words.unknown }, headers];
  }
}

type Probe =
  | { readonly arrival: Arrival; readonly ticks: number; readonly headers: CheckResult }
  | { readonly failed: Pick<CheckResult, 'state' | 'says'> };

async function readProbe(ways: Ways, signal: AbortSignal): Promise<Probe> {
  const words = doctorTexts.says.stream;
  const busy = watchBusy();
  try {
    const url = new URL('streambed/v1/probe', ways.base);
    const response = await ways.fetch(url, { signal, cache: 'no-store' });
    if (!response.ok || response.body === null)
      return { failed: { state: 'bad', says: words.status(response.status) } };
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const arrivals: number[] = [];
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      arrivals.push(performance.now());
      text += decoder.decode(value, { stream: true });
    }
    const ticks = text.split('event: tick').length - 1;
    return {
      arrival: judgeArrivals(arrivals, ticks, busy()),
      ticks,
      headers: { name: 'headers', ...judgeHeaders(response.headers, text, doctorTexts.says.headers) },
    };
  } catch {
    return { failed: lateOr(signal, words.bad) };
  } finally {
    busy();
  }
}

/** What took longer than there was time for is not known to be broken. */
function lateOr(signal: AbortSignal, says: string): Pick<CheckResult, 'state' | 'says'> {
  return signal.aborted ? { state: 'warn', says: doctorTexts.says.late } : { state: 'bad', says };
}

function judgeHeaders(
  headers: Headers,
  probe: string,
  words: typeof doctorTexts.says.headers,
): Pick<CheckResult, 'state' | 'says'> {
  if (headers.get('content-encoding') !== null) return { state: 'warn', says: words.encoded };
  if (headers.get('content-security-policy') === null) return { state: 'warn', says: words.stripped };
  const seen = /event: seen\ndata: (.*)/.exec(probe)?.[1];
  const { via, forwarded } = seen === undefined ? {} : JSON.parse(seen);
  const proxied = via === true || (Array.isArray(forwarded) && forwarded.length > 0);
  return { state: 'good', says: proxied ? words.proxy : words.direct };
}
