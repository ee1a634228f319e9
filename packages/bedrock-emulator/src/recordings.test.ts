import { expect, it } from 'vitest';
import { nativeEvents, readFrames } from '../../../test/support/frames.ts';
import { describeWithRecordings, type Recording, responseBytes } from '../../../test/support/recordings.ts';
import type { Json } from '../test/ask.ts';
import { type Emulator, startEmulator } from './index.ts';

/** Recordings that the emulator answers otherwise, on purpose. */
const otherwise: Readonly<Record<string, string>> = {
  'invoke-llama31-70b':
    'called by its bare id in a region that allowed it; most want a profile, and so does this Bedrock',
};

/** Headers that say nothing of Bedrock, or that recorders drop and add. */
const ignored = new Set(['date', 'connection', 'content-length', 'transfer-encoding', 'x-amzn-requestid']);

const spoken =
  /^(invoke|invokestream)-(claude|llama)|^error-400-invoke-invalid-model|^reported-error-400-on-demand/;

describeWithRecordings('the emulator, asked what was recorded', (all) => {
  const recordings = all.filter(({ name }) => spoken.test(name));

  it('has enough to compare with', () => {
    expect(recordings.length).toBeGreaterThan(25);
  });

  it.each(recordings.map((recording) => [recording.name, recording] as const))(
    '%s',
    async (name, recording) => {
      await using emulator = await startEmulator({ pace: 'instant' });
      const response = await ask(emulator, recording);
      const reason = otherwise[name];
      if (reason !== undefined) {
        expect(response.status, reason).toBe(400);
        return;
      }
      expect(response.status).toBe(recording.response.status);
      expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
      // A recorder that filtered headers proves nothing by the ones that are missing.
      if (recording.note === undefined)
        expect(headerNames(response.headers)).toEqual(headerNames(recorded(recording)));
      const body = Buffer.from(await response.arrayBuffer());

      if (recording.response.bodyBase64 === undefined) {
        const theirs = JSON.parse(Buffer.from(responseBytes(recording)).toString());
        expect(shape(JSON.parse(body.toString()), recording)).toEqual(shape(theirs, recording));
      } else {
        expect(eventShapes(body, recording)).toEqual(eventShapes(responseBytes(recording), recording));
        const padded = ({ payload }: { payload: unknown }) => Object.keys(payload as object).join();
        expect(new Set(readFrames(body).map(padded))).toEqual(new Set(['bytes,p']));
      }
    },
  );
});

/** The recorded request, sent as it was on the wire. Where only the error was reported, one that brings it about. */
function ask(emulator: Emulator, { request, modelId }: Recording): Promise<Response> {
  const path = request.path ?? `/model/${modelId}/invoke`;
  return fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer test' },
    body: JSON.stringify(request.body ?? {}),
  });
}

function recorded({ response }: Recording): Headers {
  return new Headers(response.headers);
}

function headerNames(headers: Headers): string[] {
  return [...headers.keys()].filter((name) => !ignored.has(name)).sort();
}

/** What something is made of: the keys and the kinds of values, not the values. Key order only where it is real. */
function shape(value: Json, { fidelity }: Recording): Json {
  const walk = (inner: Json): Json => {
    // How many blocks an answer has is the model's affair: what matters is what they look like.
    if (Array.isArray(inner))
      return [...new Set(inner.map((item) => JSON.stringify(walk(item))))].slice(0, 1);
    if (typeof inner !== 'object' || inner === null) return inner === null ? 'null' : typeof inner;
    const entries = Object.entries(inner).map(([key, member]) => [
      key,
      key === 'content' ? 'content' : walk(member),
    ]);
    return fidelity === 'wire' ? entries : entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  };
  return walk(value);
}

/** Each kind of event once, in the order they first come, with its shape. */
function eventShapes(body: Uint8Array, recording: Recording): Json {
  const seen = new Map<string, Json>();
  for (const event of nativeEvents(body)) {
    const kind =
      event.type ?? (event.stop_reason === null ? `chunk ${event.prompt_token_count === null}` : 'last');
    // Which kind of block comes, and why it ended, is the model's affair too.
    const varying = ['content_block_start', 'content_block_delta'].includes(String(kind));
    if (!seen.has(String(kind)))
      seen.set(String(kind), varying ? Object.keys(event) : shape(anyStop(event), recording));
  }
  return [...seen];
}

/** Whether a stop sequence ended the answer is the model's affair. */
function anyStop(event: Json): Json {
  const { delta, ...rest } = event;
  return {
    ...rest,
    ...('stop' in event && event.stop_reason !== null ? { stop: 'any' } : {}),
    ...(delta === undefined
      ? {}
      : { delta: 'stop_sequence' in delta ? { ...delta, stop_sequence: 'any' } : delta }),
  };
}
