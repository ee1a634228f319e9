import { type GenerationStop, type MessagesRequest, StreambedError } from '@streambed/protocol';
import type { Bulk } from './bulk.ts';
import { type Attempt, type Call, openCall } from './call.ts';
import type { Client } from './client.ts';
import { type Deadline, type Deadlines, startDeadline } from './deadlines.ts';
import { CallFailed } from './errors/failure.ts';
import type { OpaqueModel, Target } from './models/resolve-model.ts';
import { stopEvent } from './stop-event.ts';
import { type Places, Route } from './targets/route.ts';

/** Fields of a request that were left out, and that got a value. */
export interface FittedFields {
  readonly dropped: readonly string[];
  readonly defaulted: readonly string[];
}

/**
 * Everything known before the first byte: where a generation may go, and what is sent there. Places are counted from 0.
 * `E` is what its reader makes of upstream events.
 */
export interface Course<E> extends Places {
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly deadlines: Deadlines;
  /** What is asked, for an estimate of what an unfinished answer costs. */
  readonly request: MessagesRequest;
  /** What stand-ins in it stand for. */
  readonly bulk?: Bulk | undefined;
  /** Whether the request asks for a tier or speed that has prices of its own. */
  readonly repriced: boolean;
  /** What that place's family made of the request. */
  fitted(index: number): FittedFields;
  /** An attempt at that place, with a reader of its own. */
  at(index: number, signal: AbortSignal): Attempt<E>;
}

/** A run, as far as kinds of it differ. */
export interface Task<E> {
  /** Where it is meant to go, until there is a course. */
  readonly meant: Target;
  /** Its course, where nothing has to be looked up for it. */
  readonly known: Course<E> | undefined;
  look(signal: AbortSignal): Promise<Course<E>>;
  /** Characters of text that were written. */
  charactersIn(events: readonly E[]): number;
  /** The last event of all. */
  end(stop: GenerationStop): E;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly generation: string;
}

const nothing: FittedFields = { dropped: [], defaulted: [] };

/**
 * Carries one generation through, from attempt to attempt until one gives a first event, and then to its end. It starts
 * when it is first read, never throws, and ends with exactly one `task.end`.
 */
export class Run<E> implements AsyncIterable<readonly E[]> {
  readonly #task: Task<E>;
  readonly #options: RunOptions;
  readonly #client: Client;
  #course: Course<E> | undefined;
  /** There once it is run. */
  #route: Route | undefined;
  #fitted: FittedFields;

  /** The first wire request is written here where it can be: what a family refuses is thrown at once. */
  constructor(task: Task<E>, options: RunOptions, client: Client) {
    this.#task = task;
    this.#options = options;
    this.#client = client;
    this.#course = task.known;
    this.#fitted = task.known?.fitted(0) ?? nothing;
  }

  /** The id that is called: first the one that is meant, then the one that the last attempt went to. */
  get target(): string {
    return this.#target.id;
  }

  get region(): string {
    return this.#target.region;
  }

  get attempts(): number {
    return this.#route?.attempts ?? 0;
  }

  get dropped(): readonly string[] {
    return this.#fitted.dropped;
  }

  get defaulted(): readonly string[] {
    return this.#fitted.defaulted;
  }

  get #target(): Target {
    return this.#course?.target(this.#route?.index ?? 0) ?? this.#task.meant;
  }

  /** Out: resolve, write, send. Back: read, decode, pass on. Before the first event a failure may be tried again. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly E[], void, undefined> {
    const task = this.#task;
    const client = this.#client;
    const { signal, generation } = this.#options;
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const started = client.now();
    using slot = client.takeSlot();

    let total: Deadline | undefined;
    let call: Call<E> | undefined;
    let thrown: unknown;
    let firstEventAt: number | undefined;
    let written = 0;
    try {
      if (slot === undefined) throw new StreambedError('SB_TOO_MANY_GENERATIONS');
      const course = this.#course ?? (await task.look(stop.signal));
      this.#course = course;
      const { totalMs } = course.deadlines;
      total = startDeadline(totalMs, 'SB_TIMEOUT_TOTAL', (error) => stop.abort(error));
      const route = new Route(course, generation, client);
      this.#route = route;
      for (;;) {
        call = undefined;
        await route.enter(stop.signal);
        const { model } = course.target(route.index);
        try {
          const step = course.at(route.index, stop.signal);
          this.#fitted = course.fitted(route.index);
          call = await openCall(step, client);
          for (let events = await call.read(); events !== undefined; events = await call.read()) {
            if (events.length === 0) continue;
            if (firstEventAt === undefined) {
              firstEventAt = client.now();
              route.worked();
              client.refusals.worked(model.id);
            }
            written += task.charactersIn(events);
            yield events;
          }
          break;
        } catch (error) {
          call?.close();
          stop.signal.throwIfAborted();
          if (firstEventAt !== undefined) throw error;
          // Another model may be unable to take this request: then the failure of the one that was meant counts.
          if (!(error instanceof CallFailed)) throw route.lastError ?? error;
          client.refusals.failed(model.id, error.failure.error);
          await route.retry(error.failure, stop.signal);
        }
      }
    } catch (error) {
      thrown = stop.signal.aborted ? stop.signal.reason : error;
      if (!stop.signal.aborted && !(error instanceof CallFailed) && !(error instanceof StreambedError)) {
        client.options.log?.({ type: 'fault', generation, error });
      }
    } finally {
      call?.close();
      total?.[Symbol.dispose]();
      this.#route?.left();
      signal.removeEventListener('abort', onAbort);
    }
    const course = this.#course;
    const event = stopEvent({
      started: course?.started ?? started,
      target: this.#target,
      call,
      attempts: this.attempts,
      failed: this.#route?.failed ?? [],
      ...(course !== undefined && { asked: { request: course.request, bulk: course.bulk, written } }),
      ...this.#fitted,
      repriced: course?.repriced ?? false,
      thrown,
      firstEventAt,
      signal: stop.signal,
      now: client.now(),
    });
    if (call !== undefined) this.#route?.used(event.usage);
    yield [task.end(event)];
  }
}

/** Where a request for an opaque ARN goes, before it has been looked up. */
export function opaqueTarget({ arn, region, account }: OpaqueModel): Target {
  return { id: arn, region, account, model: { id: arn, facts: undefined } };
}
