import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type RawData, WebSocket } from 'ws';
import { emptyMessage, fold } from '../src/fold.ts';
import type { AssistantMessage } from '../src/message.ts';
import { differs, fill, shorten, type Variables } from './match.ts';
import type { ReadStep, Scenario, Step } from './scenario.ts';

/** Who can stop and start the server under test. */
export interface ServerControl {
  kill(): Promise<void>;
  /** Asks it to leave (SIGTERM), and doesn't wait. */
  terminate(): Promise<void>;
  /** Starts it again on the same address and the same data. */
  start(): Promise<void>;
}

export interface RunOptions {
  /** `ws:` or `wss:` address of `/ws`. */
  readonly url: string;
  readonly model?: string;
  /** The longest wait for a frame. */
  readonly patienceMs?: number;
  readonly control?: ServerControl;
}

/** What a client has read of a generation. */
interface Reading {
  seq: number;
  message: AssistantMessage;
  end: object | undefined;
}

type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

const passing = new Set(['ping', 'event', 'changed']);

/** Runs one scenario. Throws at the step that failed, with what was expected and what came. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<void> {
  const variables: Variables = new Map<string, unknown>([
    ['$model', options.model ?? 'anthropic'],
    ['$short', 'Say hello.'],
    ['$long', 'Write 600 words about water.'],
  ]);
  for (const name of ['id', 'id2', 'id3']) variables.set(`$${name}`, `conformance-${randomUUID()}`);
  const clients = new Map<string, TestClient>();
  const client = (name: string) => {
    const known = clients.get(name) ?? new TestClient(options);
    clients.set(name, known);
    return known;
  };
  try {
    for (const [place, step] of scenario.steps.entries()) {
      try {
        await runStep(step, client(step.client ?? 'one'), { variables, client, options });
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        throw new Error(`step ${place + 1}, ${shorten(step)}: ${why}`, { cause: thrown });
      }
    }
  } finally {
    for (const one of clients.values()) one.drop();
  }
}

interface Surroundings {
  readonly variables: Variables;
  readonly client: (name: string) => TestClient;
  readonly options: RunOptions;
}

async function runStep(
  step: Step,
  one: TestClient,
  { variables, client, options }: Surroundings,
): Promise<void> {
  if ('connect' in step) await one.connect();
  else if ('send' in step) one.send(step.send, variables);
  else if ('sendText' in step)
    for (let time = 0; time < (step.times ?? 1); time += 1) one.sendText(step.sendText);
  else if ('sendOversize' in step) one.sendOversize(step.sendOversize);
  else if ('expect' in step) await one.expect(step.expect, variables);
  else if ('read' in step) await one.read(step.read, variables);
  else if ('quiet' in step) await one.quiet(step.quiet);
  else if ('drop' in step) one.drop();
  else if ('closed' in step) await one.closed(step.closed);
  else if ('delay' in step) await wait(step.delay);
  else if ('same' in step) {
    const generation = String(fill(step.same.generation, variables));
    const [first, ...others] = step.same.clients.map((name) => client(name).reading(generation).message);
    for (const other of others) {
      if (!isDeepStrictEqual(first, other)) throw new Error(`${shorten(first)} is not ${shorten(other)}`);
    }
  } else {
    if (options.control === undefined) throw new Error('nobody here can stop and start the server');
    await options.control[step.server]();
  }
}

/** One client: its line, and what it has read. It holds every event it gets to the rules, asked or not. */
class TestClient {
  readonly #options: RunOptions;
  readonly #readings = new Map<string, Reading>();
  /** The `after` of attaches that were not answered yet. */
  readonly #asked: { readonly of: unknown; readonly after: number }[] = [];
  #socket: WebSocket | undefined;
  #frames: Frame[] = [];
  #closed: number | undefined;
  #fault: Error | undefined;
  #wake = () => {};
  #maxFrameBytes = 1024 * 1024;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  reading(generation: string): Reading {
    const known = this.#readings.get(generation) ?? { seq: 0, message: emptyMessage, end: undefined };
    this.#readings.set(generation, known);
    return known;
  }

  async connect(): Promise<void> {
    this.drop();
    this.#frames = [];
    this.#asked.length = 0;
    this.#closed = undefined;
    const socket = new WebSocket(this.#options.url, 'streambed.v1');
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data) => this.#socket === socket && this.#hear(data));
    socket.on('close', (code) => {
      if (this.#socket !== socket) return;
      this.#closed = code;
      this.#wake();
    });
    await Promise.race([once(socket, 'open'), this.#late('a connection')]);
    if (socket.protocol !== 'streambed.v1')
      throw new Error(`the subprotocol is ${socket.protocol || 'missing'}`);
  }

  send(pattern: object, variables: Variables): void {
    const frame = { ...(pattern as Frame) };
    const of = fill(frame.generation ?? frame.id ?? '', variables);
    if (frame.type === 'attach') {
      const after =
        frame.after === '$seen' ? this.reading(String(of)).seq : Number(fill(frame.after ?? 0, variables));
      if (frame.after !== undefined) Object.assign(frame, { after });
      this.#asked.push({ of, after });
    }
    this.sendText(JSON.stringify(fill(frame, variables)));
  }

  sendText(text: string): void {
    this.#socket?.send(text);
  }

  sendOversize(bytes: number): void {
    const empty = JSON.stringify({ type: 'pong', pad: '' });
    const pad = 'x'.repeat(this.#maxFrameBytes + bytes - empty.length);
    this.sendText(JSON.stringify({ type: 'pong', pad }));
  }

  async expect(pattern: object, variables: Variables): Promise<void> {
    const wanted = fill(pattern, variables);
    for (;;) {
      const frame = await this.#next(shorten(pattern));
      const difference = differs(wanted, frame, variables);
      if (difference === undefined) return;
      if (!passing.has(frame.type)) throw new Error(difference);
    }
  }

  async read({ generation: of, events, end, tool }: ReadStep, variables: Variables): Promise<void> {
    const generation = String(fill(of, variables));
    const reading = this.reading(generation);
    const from = reading.seq;
    while (events === undefined ? reading.end === undefined : reading.seq < from + events) {
      await this.#next(`an event of ${generation}`);
    }
    const difference = end && differs(end, reading.end, variables);
    if (difference !== undefined) throw new Error(difference);
    if (tool === undefined) return;
    const call = reading.message.content.find(({ type }) => type === 'tool_use');
    if (call === undefined) throw new Error(`no tool was called in ${shorten(reading.message.content)}`);
    variables.set(`$${tool}`, call.id);
  }

  async quiet(ms: number): Promise<void> {
    await wait(ms);
    this.#check();
    const heard = this.#frames.find(({ type }) => type !== 'ping');
    if (heard !== undefined) throw new Error(`expected nothing, got ${shorten(heard)}`);
  }

  drop(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  async closed(code: number | { readonly $oneOf: readonly number[] }): Promise<void> {
    while (this.#closed === undefined) await this.#woken(`the line to be closed`);
    const difference = differs(code, this.#closed, new Map(), 'the close code');
    if (difference !== undefined) throw new Error(difference);
  }

  /** The next frame nobody has looked at. */
  async #next(what: string): Promise<Frame> {
    for (;;) {
      this.#check();
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#closed !== undefined)
        throw new Error(`waited for ${what}; the line was closed with ${this.#closed}`);
      await this.#woken(what);
    }
  }

  #check(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  #woken(what: string): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return Promise.race([woken, this.#late(what)]);
  }

  async #late(what: string): Promise<void> {
    const ms = this.#options.patienceMs ?? 60_000;
    await wait(ms, undefined, { ref: false });
    throw new Error(`waited ${ms} ms for ${what}`);
  }

  #hear(data: RawData): void {
    try {
      const frame: Frame = JSON.parse(data.toString());
      this.#hold(frame);
      this.#frames.push(frame);
    } catch (thrown) {
      this.#fault ??= thrown as Error;
    }
    this.#wake();
  }

  /** What holds for every frame of every scenario: order, no gap, no repeat, one end. */
  #hold(frame: Frame): void {
    if (frame.type === 'hello') {
      const { max_frame_bytes: max } = Object(frame.limits);
      if (typeof max === 'number') this.#maxFrameBytes = max;
    }
    if (frame.type === 'accepted') this.#startAt(String(frame.generation), 0);
    if (frame.type === 'attached') {
      const place = this.#asked.findIndex(({ of }) => of === frame.generation || of === frame.id);
      const [asked] = place < 0 ? [] : this.#asked.splice(place, 1);
      this.#startAt(String(frame.generation), frame.reset === true ? 0 : (asked?.after ?? 0));
    }
    if (frame.type !== 'event') return;
    const reading = this.reading(String(frame.generation));
    const { seq, from = seq, event } = frame as unknown as { seq: number; from?: number; event: Frame };
    if (from !== reading.seq + 1 || seq < from) {
      throw new Error(`after event ${reading.seq} of ${frame.generation} came ${from} to ${seq}`);
    }
    if (reading.end !== undefined)
      throw new Error(`after its end ${frame.generation} said ${shorten(event)}`);
    reading.seq = seq;
    reading.message = fold(reading.message, event as never);
    if (event.type === 'generation_stop') reading.end = event;
  }

  #startAt(generation: string, after: number): void {
    const reading = this.reading(generation);
    if (reading.seq === after) return;
    // Read again from elsewhere: only what starts at the beginning is comparable.
    this.#readings.set(generation, { seq: after, message: emptyMessage, end: undefined });
  }
}
