import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, type EmulatorOptions, startEmulator } from '@streambed/bedrock-emulator';
import { type AssistantMessage, emptyMessage, fold } from '@streambed/protocol';
import { type ClientFrame, type ServerFrame, subprotocol } from '@streambed/protocol/frames';
import { readServerSentEvents, type ServerSentEvent } from '../../../packages/client/src/sse.ts';
import { connect, type TestSocket } from '../../../test/support/websocket.ts';
import { readConfig } from '../src/config.ts';
import { type RunningServer, startServer, type Tuning } from '../src/server.ts';

export interface GatewaySettings {
  readonly emulator?: EmulatorOptions;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly tuning?: Tuning;
  /** A data folder that outlives the gateway; otherwise it has one of its own. */
  readonly dataDir?: string;
}

/** The real server on a free port, with an emulator of its own behind it. */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly server: RunningServer;
  readonly emulator: Emulator;
}

/** Starts both. When it is disposed of, no upstream request may be left open. */
export async function startGateway(settings: GatewaySettings = {}): Promise<Gateway> {
  const emulator = await startEmulator({ pace: 'instant', ...settings.emulator });
  const folder = mkdtempSync(join(tmpdir(), 'streambed-gateway-'));
  const config = readConfig({
    argv: ['--port', '0', '--upstream', 'bedrock', '--log-level', 'silent', ...(settings.argv ?? [])],
    env: {
      AWS_BEARER_TOKEN_BEDROCK: 'a-key-that-opens-nothing',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: emulator.url,
      STREAMBED_DRAIN_MS: '50',
      STREAMBED_DATA_DIR: settings.dataDir ?? join(folder, 'data'),
      ...settings.env,
    },
    cwd: folder,
  });
  const server = await startServer(config, settings.tuning);
  return {
    url: server.url,
    server,
    emulator,
    async [Symbol.asyncDispose]() {
      await server.stop();
      const { open } = emulator;
      await emulator.stop();
      rmSync(folder, { recursive: true, force: true });
      if (open !== 0) throw new Error(`${open} upstream requests were left open`);
    },
  };
}

/** Resolves when no upstream request is open; rejects where one still is after `ms`. */
export async function upstreamGone({ emulator }: Gateway, ms = 100): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`${emulator.open} upstream requests are open after ${ms} ms`)),
    ms,
  );
  try {
    await Promise.race([emulator.idle(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Server-Sent Events of a response, up to and with the first for which `last` is true. */
export async function readEvents(
  response: Response,
  last: (event: ServerSentEvent) => boolean = () => false,
): Promise<readonly ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(response.body as ReadableStream<Uint8Array>)) {
    events.push(event);
    if (last(event)) break;
  }
  return events;
}

/** A client of the plain model socket. */
export function openModelSocket({ url }: Gateway, query: string): Promise<TestSocket> {
  return connect(`${url}/ws/model?${query}`);
}

/** A client of `streambed.v1`. */
export interface FrameSocket extends AsyncDisposable {
  readonly socket: TestSocket;
  send(frame: ClientFrame | object): void;
  /** The next frame that is no ping. */
  next(): Promise<ServerFrame>;
  /** Frames up to and with the first of that type. */
  until(type: ServerFrame['type']): Promise<readonly ServerFrame[]>;
  /** Frames up to and with the end of a generation. */
  untilStop(): Promise<readonly ServerFrame[]>;
}

/** Opens `/ws` and waits for nothing: `hello` is the first frame. */
export async function openFrameSocket(
  { url }: { readonly url: string },
  headers: Readonly<Record<string, string>> = {},
): Promise<FrameSocket> {
  const socket = await connect(`${url}/ws`, { protocol: subprotocol, headers });
  const next = async (): Promise<ServerFrame> => {
    for (;;) {
      const frame = JSON.parse(await socket.next()) as ServerFrame;
      if (frame.type !== 'ping') return frame;
    }
  };
  const collect = async (last: (frame: ServerFrame) => boolean) => {
    const frames: ServerFrame[] = [];
    for (;;) {
      const frame = await next();
      frames.push(frame);
      if (last(frame)) return frames;
    }
  };
  return {
    socket,
    send: (frame) => socket.send(JSON.stringify(frame)),
    next,
    until: (type) => collect((frame) => frame.type === type),
    untilStop: () => collect((frame) => frame.type === 'event' && frame.event.type === 'generation_stop'),
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

/** A `generate` frame that asks `prompt` of Claude. */
export function ask(id: string, prompt: string, more: object = {}): object {
  return {
    type: 'generate',
    id,
    request: { model: 'anthropic', messages: [{ role: 'user', content: prompt }] },
    ...more,
  };
}

/** The owner that a header names, so that a test can be two people. */
export const byHeader: Tuning = {
  identify: (headers) => ({ project: 'test', user: String(headers['x-user'] ?? 'one') }),
};

/** Reads `/ws` frames of one generation until its text is at least as long as that. */
export async function untilText(client: FrameSocket, length: number): Promise<readonly ServerFrame[]> {
  const frames: ServerFrame[] = [];
  while (textOf(frames).length < length) frames.push(await client.next());
  return frames;
}

/** The text that event frames carry. */
export function textOf(frames: readonly ServerFrame[]): string {
  return frames
    .map((frame) =>
      frame.type === 'event' &&
      frame.event.type === 'content_block_delta' &&
      frame.event.delta.type === 'text_delta'
        ? frame.event.delta.text
        : '',
    )
    .join('');
}

/** The message that event frames fold to. */
export function folded(frames: readonly ServerFrame[]): AssistantMessage {
  return frames.reduce(
    (message, frame) => (frame.type === 'event' ? fold(message, frame.event) : message),
    emptyMessage,
  );
}

/** The end that event frames carry. */
export function stopOf(frames: readonly ServerFrame[]) {
  for (const frame of frames) {
    if (frame.type === 'event' && frame.event.type === 'generation_stop') return frame.event;
  }
  throw new Error('there is no generation_stop');
}

/** Throws unless the seqs of the event frames run on without a gap or a repeat. Returns the last. */
export function lastSeq(frames: readonly ServerFrame[], after = 0): number {
  let last = after;
  for (const frame of frames) {
    if (frame.type !== 'event') continue;
    const from = frame.from ?? frame.seq;
    if (from !== last + 1 || frame.seq < from) throw new Error(`seq ${from}…${frame.seq} after ${last}`);
    last = frame.seq;
  }
  return last;
}
