import { AwsError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { answerBytes, type RecordedExchange, readExchanges } from './recording.ts';
import { requestKey, targetKey } from './same-request.ts';

export interface ReplayOptions {
  readonly folder: string;
  /** `recorded` waits as long as it took then, where a file says. Default `instant`. */
  readonly timing?: 'recorded' | 'instant' | undefined;
}

/** Answers requests in place of all operations. */
export interface Passing {
  answer(exchange: Exchange, body: Buffer): Promise<void>;
  /** Resolves when nothing is left to write. */
  close(): Promise<void>;
}

/**
 * Serves recorded answers. Requests that were recorded more than once get their answers in the order of the files'
 * names, and then from the first again. Rejects where the folder can't be read.
 */
export async function startReplay({ folder, timing }: ReplayOptions): Promise<Passing> {
  const byRequest = new Map<string, { readonly exchanges: RecordedExchange[]; served: number }>();
  const byTarget = new Map<string, string[]>();
  for (const exchange of await readExchanges(folder)) {
    const { method, path, body, bodyBase64 } = exchange.request;
    if (path === null) continue;
    const sent =
      bodyBase64 !== undefined
        ? Buffer.from(bodyBase64, 'base64')
        : Buffer.from(body === null || body === undefined ? '' : JSON.stringify(body));
    const key = requestKey(method, path, sent);
    const entry = byRequest.get(key) ?? { exchanges: [], served: 0 };
    entry.exchanges.push(exchange);
    byRequest.set(key, entry);
    const target = `${method} ${targetKey(path)}`;
    byTarget.set(target, [...(byTarget.get(target) ?? []), exchange.name]);
  }

  const answer = async (exchange: Exchange, body: Buffer) => {
    const target = exchange.query === '' ? exchange.path : `${exchange.path}?${exchange.query}`;
    const entry = byRequest.get(requestKey(exchange.method, target, body));
    const recorded = entry?.exchanges[entry.served % entry.exchanges.length];
    if (entry === undefined || recorded === undefined) {
      const near = byTarget.get(`${exchange.method} ${targetKey(target)}`) ?? [];
      const hint =
        near.length === 0
          ? 'Nothing was recorded for this method and path.'
          : `Recorded for this path, with another body: ${near.slice(0, 5).join(', ')}.`;
      throw new AwsError(
        'ResourceNotFoundException',
        `No recording in ${folder} answers ${exchange.method} ${exchange.path}. ${hint}`,
      );
    }
    entry.served += 1;
    await send(exchange, recorded, timing === 'recorded');
  };
  return { answer, close: () => Promise.resolve() };
}

async function send(exchange: Exchange, recorded: RecordedExchange, timed: boolean): Promise<void> {
  const { status, headers, timings = [] } = recorded.response;
  const bytes = answerBytes(recorded);
  const streamed = Object.keys(headers).some((name) => name.toLowerCase() === 'transfer-encoding');
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // Bodies are kept decoded, and some files' lengths are of other bytes.
    if (!['content-length', 'content-encoding'].includes(name.toLowerCase())) sent[name] = value;
    else if (name.toLowerCase() === 'content-length' && !streamed) sent[name] = String(bytes.length);
  }
  const steps: readonly (readonly [number, number])[] = timed && timings.length > 0 ? timings : [[0, 0]];
  const started = performance.now();
  let opened = false;
  for (const [place, [offset, ms]] of steps.entries()) {
    const wait = ms - (performance.now() - started);
    if (wait > 1) await exchange.wait(wait);
    if (!opened) exchange.headAsRecorded(status, sent);
    opened = true;
    const end = steps[place + 1]?.[0] ?? bytes.length;
    if (end > offset) await exchange.send(bytes.subarray(offset, end));
  }
  exchange.end();
}
