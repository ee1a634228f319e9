import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { inTurn, isParts } from './body.ts';
import type { AnswerListener, Sending, Wire, WireCall } from './wire.ts';

/** Sends by undici: through proxies, and wherever the direct way isn't wanted. Its owner closes the dispatcher. */
export function createUndiciWire(dispatcher: Dispatcher): Wire {
  return {
    send: (call, listener) => new UndiciSending(dispatcher, call, listener),
    // All chunks of one read come in one synchronous run.
    afterReads: queueMicrotask,
    close: async () => {},
  };
}

class UndiciSending implements Sending {
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: Error | undefined;

  constructor(dispatcher: Dispatcher, call: WireCall, listener: AnswerListener) {
    listener.onConnecting();
    dispatcher.dispatch(
      {
        origin: call.origin,
        path: call.path,
        method: call.method,
        headers: call.headers,
        body: (isParts(call.body) ? Readable.from(inTurn(call.body)) : call.body) ?? null,
      },
      {
        onRequestStart: (controller) => {
          listener.onConnected();
          this.#controller = controller;
          // Aborted while it waited for its connection: nothing may be sent.
          if (this.#aborted !== undefined) controller.abort(this.#aborted);
        },
        onResponseStart: (_controller, status, headers) => {
          if (status >= 200) listener.onHead({ status, headers: flatten(headers) });
        },
        onResponseData: (_controller, chunk) => listener.onBody(chunk),
        onResponseEnd: () => listener.onEnd(),
        onResponseError: (_controller, error) => listener.onError(error),
      },
    );
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    if (this.#controller?.paused) this.#controller.resume();
  }

  abort(reason: Error): void {
    this.#aborted = reason;
    this.#controller?.abort(reason);
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
