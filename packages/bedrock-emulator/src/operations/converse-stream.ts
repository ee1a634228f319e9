import type { ModelFacts } from '@streambed/model-facts';
import { converseEvents } from '../bodies/converse-events.ts';
import { type ConverseAsk, readConverse } from '../bodies/converse-request.ts';
import type { Core } from '../core.ts';
import { countedOf } from '../counts.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import { converseFrame, exceptionFrame } from '../frames.ts';
import type { ReceivedRequest } from '../ledger.ts';
import { converseFrameOf, type Guarded, guarded } from './converse.ts';
import { slices } from './invoke-stream.ts';
import { liveFrames, settled } from './live.ts';
import { decide, parseJson, throwFault } from './prepare.ts';
import { sendStream, type TimedFrame } from './stream.ts';

const streamHeaders = { 'Content-Type': 'application/vnd.amazon.eventstream' };

/** ConverseStream: one event a frame. */
export async function converseStream(
  exchange: Exchange,
  core: Core,
  received: ReceivedRequest,
  model: ModelFacts,
  forced: Fault | undefined,
): Promise<void> {
  const open = () => exchange.head(200, streamHeaders);
  // The same request again, as fast as possible: its bytes are known.
  const cacheKey = `converse-stream\n${received.modelId}\n${received.body}`;
  const free = forced === undefined && core.quotas.limits.tokensPerMinute === undefined;
  const cached = free ? core.streams.get(cacheKey) : undefined;
  if (cached !== undefined) {
    core.counts.noteCounted(received, cached.counted);
    await sendStream(exchange, slices(cached.bytes), undefined, open);
    return;
  }

  const ask = readConverse(parseJson(received.body), model, received.modelId, true);
  if (ask.refusal !== undefined) {
    if (ask.dialect.kind !== 'claude') throw ask.refusal;
    // Claude reads a request when the stream has begun: what it refuses comes as the first and only frame.
    open();
    exchange.end(exceptionFrame('validationException', ask.refusal.message));
    return;
  }
  const unguarded = decide(core, received, ask.turn, forced);
  throwFault(exchange, unguarded.fault, true);
  // A guardrail looks at the whole answer before any of it goes out.
  const decided = guarded(
    core,
    ask,
    ask.guardrail === undefined ? unguarded : await settled(exchange, unguarded),
  );
  if (decided.fault?.type === 'cut' && decided.fault.at === 'headers') {
    exchange.cut();
    return;
  }
  const made = (its: Guarded) => {
    core.counts.note(received, its.turn, its.completion);
    return frames(ask, its);
  };
  const { turn, completion } = decided;
  await sendStream(
    exchange,
    decided.repeatable
      ? core.streams.keep(cacheKey, made(decided), countedOf(turn, completion))
      : liveFrames(exchange, decided, made),
    decided.fault,
    open,
  );
}

function* frames(ask: ConverseAsk, decided: Guarded): Generator<TimedFrame> {
  const { clock, seed } = decided;
  const padding = seed.for('frames');
  for (const event of converseEvents(converseFrameOf(ask, decided), clock, seed.for('ids'))) {
    yield {
      bytes: converseFrame(event.type, event.before, event.after, padding),
      dueMs: clock.advance(event.tokens),
      ending: event.ending,
      last: event.last,
    };
  }
}
