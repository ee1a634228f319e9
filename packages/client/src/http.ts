import type { ErrorInfo } from '@streambed/protocol';
import type { AcceptedFrame, AttachedFrame, GenerateFrame, RejectedFrame } from './frames.ts';
import { isObject, isText } from './frames.ts';
import { type Catalogue, fetchCatalogue } from './models.ts';

/** What went wrong, told by the server; a network that failed throws something else. */
export class HttpRefusal extends Error {
  readonly info: ErrorInfo;

  constructor(info: ErrorInfo) {
    super(info.message);
    this.info = info;
  }
}

/** Our HTTP API, as far as the client needs it. Every call throws {@link HttpRefusal} for what the server refuses. */
export interface HttpApi {
  /** Asks for a path below the server's root. */
  call(path: string, init: RequestInit): Promise<Response>;
  /** Whether the server answers at all. Never rejects. */
  alive(signal: AbortSignal): Promise<boolean>;
  /** Starts a generation, and doesn't wait for its events. A request may be larger here than on a socket. */
  start(frame: GenerateFrame, signal: AbortSignal): Promise<AcceptedFrame | RejectedFrame>;
  /** How a generation stands, named by either of its ids. */
  find(name: string, signal: AbortSignal): Promise<Omit<AttachedFrame, 'type' | 'ref'>>;
  cancel(name: string, signal: AbortSignal): Promise<void>;
  /** The events after `after`, as Server-Sent Events. */
  events(name: string, after: number, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  catalogue(signal: AbortSignal): Promise<Catalogue>;
}

/** The HTTP API under `base`, the server's root with a slash at its end. */
export function httpApi(base: string, ask: typeof fetch = (...args) => fetch(...args)): HttpApi {
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const response = await ask(new URL(path, base), init);
    if (response.ok) return response;
    throw new HttpRefusal(await readError(response));
  };
  const at = (name: string) => `streambed/v1/generations/${encodeURIComponent(name)}`;
  return {
    call,
    alive: (signal) =>
      ask(new URL('healthz', base), { method: 'HEAD', signal, cache: 'no-store' }).then(
        ({ ok }) => ok,
        () => false,
      ),
    start: async (frame, signal) => {
      const { type: _, ref: __, ...body } = frame;
      try {
        const response = await call('streambed/v1/generations', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            prefer: 'respond-async',
          },
          body: JSON.stringify(body),
          signal,
        });
        const { reset: _reset, ...standing } = await readStanding(response);
        return { store: 'resume', ...standing, type: 'accepted', id: frame.id };
      } catch (thrown) {
        if (!(thrown instanceof HttpRefusal)) throw thrown;
        return { type: 'rejected', id: frame.id, error: thrown.info };
      }
    },
    find: async (name, signal) => readStanding(await call(at(name), { signal })),
    cancel: async (name, signal) => {
      await call(`${at(name)}/cancel`, { method: 'POST', signal });
    },
    events: async (name, after, signal) => {
      const headers = { accept: 'text/event-stream' };
      const { body } = await call(`${at(name)}/events?after=${after}`, {
        headers,
        signal,
        cache: 'no-store',
      });
      if (body === null) throw new TypeError('no body');
      return body;
    },
    catalogue: (signal) => fetchCatalogue(base, { signal, fetch: ask }),
  };
}

async function readStanding(response: Response): Promise<Omit<AttachedFrame, 'type' | 'ref'>> {
  const body: unknown = await response.json();
  if (!isObject(body) || !isText(body.generation)) throw new TypeError('not our API');
  return body as unknown as Omit<AttachedFrame, 'type' | 'ref'>;
}

/** The server's own words. What something on the way answered instead is no answer: thrown as a network's fault. */
async function readError(response: Response): Promise<ErrorInfo> {
  const body: unknown = await response.json().catch(() => undefined);
  const error = isObject(body) ? body.error : undefined;
  if (isObject(error) && isText(error.code)) return error as unknown as ErrorInfo;
  throw new TypeError(`answered ${response.status}`);
}
