import { type ClientOptions, createStore, type Readable, type Socket } from '@streambed/client';

/** Something that happened to the line. `at` is a time as `Date.now()` gives it. */
export type LineEvent =
  | { readonly type: 'opened'; readonly at: number }
  | { readonly type: 'lost'; readonly at: number; readonly code: number; readonly reason: string };

/** The line as a person may look at it: what happened to it, and a plug to pull. */
export interface Line {
  /** The last events, oldest first. */
  readonly history: Readable<readonly LineEvent[]>;
  /** Whether the plug is out. */
  readonly pulled: Readable<boolean>;
  /** Cuts this page off from the server for so long: nothing leaves and nothing arrives. Ends by itself. */
  pull(ms: number): void;
  /** What a client must be made with, so that all it sends goes through this line. */
  readonly options: Pick<ClientOptions, 'openSocket'> & { readonly fetch: typeof fetch };
}

const keptEvents = 50;
/** The close code of a line that we cut ourselves; 4000–4999 are free for applications. */
export const pulledCode = 4000;

/** Makes the page's line. `woken` is called once the plug is in again. */
export function createLine(woken: () => void): Line {
  const history = createStore<readonly LineEvent[]>([]);
  const pulled = createStore(false);
  let socket: WebSocket | undefined;
  let cut = new AbortController();
  const happened = (event: LineEvent) => history.set([...history.get(), event].slice(-keptEvents));

  return {
    history,
    pulled,
    pull: (ms) => {
      if (pulled.get()) return;
      pulled.set(true);
      cut.abort(new TypeError('The plug is pulled.'));
      const cutOff = socket;
      if (cutOff !== undefined) {
        socket = undefined;
        happened({ type: 'lost', at: Date.now(), code: pulledCode, reason: '' });
        cutOff.onclose?.(new CloseEvent('close', { code: pulledCode }));
        cutOff.close(pulledCode);
      }
      setTimeout(() => {
        cut = new AbortController();
        pulled.set(false);
        woken();
      }, ms);
    },
    options: {
      openSocket: (url, protocol) => {
        if (pulled.get()) throw new Error('The plug is pulled.');
        const opened = new WebSocket(url, protocol);
        socket = opened;
        opened.addEventListener('open', () => happened({ type: 'opened', at: Date.now() }));
        opened.addEventListener('close', ({ code, reason }) => {
          if (socket !== opened) return;
          socket = undefined;
          happened({ type: 'lost', at: Date.now(), code, reason });
        });
        return opened as Socket;
      },
      fetch: (input, init) => {
        const { signal } = cut;
        const asked = init?.signal;
        return fetch(input, { ...init, signal: asked ? AbortSignal.any([asked, signal]) : signal });
      },
    },
  };
}
