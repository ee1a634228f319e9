import type { ModelFacts } from '@streambed/model-facts';
import type { Completion } from '../engine/complete.ts';
import type { PaceClock } from '../pace.ts';
import type { Random } from '../random.ts';
import type { Turn } from '../turn.ts';

/** One event of a stream, before it becomes a frame. */
export interface BodyEvent {
  /** The JSON that goes into the chunk. */
  readonly json: string;
  /** How many tokens it carries: what the pace goes by. */
  readonly tokens: number;
  /** True once all text has been sent: what is left only ends the message. */
  readonly ending: boolean;
  /** True for the very last event. */
  readonly last: boolean;
}

/** Token counts for the headers of an answer that isn't streamed. Absent: the header isn't sent. */
export interface HeaderCounts {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

/** How one kind of model speaks in InvokeModel: its request, its answer, its stream. */
export interface NativeBody {
  /** Checks a parsed body as AWS does and reads it. Throws AwsError with AWS's text. */
  parse(body: unknown, model: ModelFacts, modelId: string): Turn;
  /** The whole answer as JSON text. `random` gives its ids. */
  answer(turn: Turn, completion: Completion, random: Random): string;
  /** The answer's events. They are made one by one: the last one reads its metrics off the clock. */
  events(turn: Turn, completion: Completion, clock: PaceClock, random: Random): Iterable<BodyEvent>;
  counts(turn: Turn, completion: Completion): HeaderCounts;
}
