import { type Completion, complete } from '../engine/complete.ts';
import type { Engine, EnginePart } from '../engine/engine.ts';
import { AwsError } from '../errors.ts';
import { ConnectionGone, type Exchange } from '../exchange.ts';
import { PaceClock } from '../pace.ts';
import type { Reply, ReplyBlock } from '../script.ts';
import type { Turn } from '../turn.ts';
import type { Decided } from './prepare.ts';
import type { TimedFrame } from './stream.ts';

/** An answer that an engine is still to write. */
export interface Live {
  readonly engine: Engine;
  readonly turn: Turn;
}

const mostCharacters = 4 * 1024 * 1024;

interface State {
  readonly completion: Completion;
  readonly clock: PaceClock;
  readonly done: boolean;
}

/** Waits for the whole answer, where an engine writes it. */
export async function settled<T extends Decided>(exchange: Exchange, decided: T): Promise<T> {
  let latest: State | undefined;
  for await (const state of states(exchange, decided)) latest = state;
  if (latest === undefined) return decided;
  return { ...decided, completion: latest.completion, clock: latest.clock, live: undefined };
}

/**
 * The frames of an answer as it is written. `make` turns a whole answer into frames, the same ones for the same
 * answer: it is asked again for each longer beginning, and a frame is sent once a longer beginning still has it. Before
 * the end that is one delta late, and nothing of the ending goes out too early.
 */
export function liveFrames<T extends Decided>(
  exchange: Exchange,
  decided: T,
  make: (decided: T) => Iterable<TimedFrame>,
): Iterable<TimedFrame> | AsyncIterable<TimedFrame> {
  return decided.live === undefined ? make(decided) : growing(exchange, decided, make);
}

async function* growing<T extends Decided>(
  exchange: Exchange,
  decided: T,
  make: (decided: T) => Iterable<TimedFrame>,
): AsyncGenerator<TimedFrame> {
  let before: readonly TimedFrame[] = [];
  let sent = 0;
  for await (const { completion, clock, done } of states(exchange, decided)) {
    const frames: TimedFrame[] = [];
    for (const frame of make({ ...decided, completion, clock, live: undefined })) {
      if (frame.ending && !done) break;
      frames.push({ ...frame, dueMs: 0 });
    }
    for (let place = sent; place < frames.length; place++) {
      const [frame, earlier] = [frames[place], before[place]];
      if (frame === undefined) break;
      if (!done && (earlier === undefined || !Buffer.from(earlier.bytes).equals(frame.bytes))) break;
      sent = place + 1;
      yield frame;
    }
    before = frames;
  }
}

/** The answer so far, each time it has grown; parts that came together count once. The last state is done. */
async function* states(exchange: Exchange, { live, seed }: Decided): AsyncGenerator<State> {
  if (live === undefined) return;
  const { engine, turn } = live;
  const leaving = new AbortController();
  const started = performance.now();
  let first: number | undefined;
  const written = new Written();
  const parts = engine.answer(turn, leaving.signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = parts.next();
      next.catch(() => {});
      await exchange.wait(undefined, next);
      const { value, done = false } = await next;
      first ??= performance.now() - started;
      if (!done) written.add(value);
      const completion = complete(written.reply(done), turn, seed.for('ids'));
      // A limit of the request may end it before the engine does.
      const ended = done || ['stop_sequence', 'max_tokens'].includes(completion.stopReason);
      const clock = PaceClock.measured(first, performance.now() - started);
      if (ended) {
        yield { completion, clock, done: true };
        return;
      }
      yield { completion: holdingBack(completion, turn), clock, done: false };
    }
  } catch (error) {
    if (error instanceof ConnectionGone || error instanceof AwsError) throw error;
    throw new AwsError('ModelErrorException', whyFailed(error), {
      body: { message: whyFailed(error), originalStatusCode: 500 },
    });
  } finally {
    leaving.abort();
    void parts.return?.().catch(() => {});
  }
}

function whyFailed(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const told = error instanceof Error ? `${error.message}${cause}` : String(error);
  return `The request failed due to an error while processing the model: ${told}`;
}

/** What an engine has written so far, as a reply. */
class Written {
  readonly #blocks: ReplyBlock[] = [];
  #deltas: string[] = [];
  #characters = 0;
  #stopReason: string | undefined;

  add(part: EnginePart): void {
    const last = this.#blocks.at(-1);
    if (part.type === 'stop') {
      this.#stopReason = part.reason;
      return;
    }
    if (part.type === 'tool_use') {
      this.#blocks.push(part);
      return;
    }
    this.#characters += part.text.length;
    if (this.#characters > mostCharacters) throw new Error('the engine wrote more than is kept here');
    if (part.type === 'thinking') {
      if (last?.type === 'thinking') this.#blocks.pop();
      this.#blocks.push({ type: 'thinking', text: (last?.type === 'thinking' ? last.text : '') + part.text });
      return;
    }
    this.#deltas = last?.type === 'text' ? [...this.#deltas, part.text] : [part.text];
    if (last?.type === 'text') this.#blocks.pop();
    this.#blocks.push({ type: 'text', text: this.#deltas.join(''), deltas: this.#deltas });
  }

  reply(done: boolean): Reply {
    const blocks = [...this.#blocks];
    return done && this.#stopReason !== undefined ? { blocks, stopReason: this.#stopReason } : { blocks };
  }
}

/** The end of the text may be the beginning of a stop sequence: it waits for what follows. */
function holdingBack(completion: Completion, { stopSequences }: Turn): Completion {
  const longest = stopSequences.reduce((most, sequence) => Math.max(most, sequence.length), 0);
  const last = completion.blocks.at(-1);
  if (longest < 2 || last?.type !== 'text') return completion;
  const pieces = [...last.pieces];
  for (let held = 0; held < longest - 1 && pieces.length > 0; ) held += pieces.pop()?.length ?? 0;
  const blocks = completion.blocks.slice(0, -1);
  return { ...completion, blocks: pieces.length === 0 ? blocks : [...blocks, { ...last, pieces }] };
}
