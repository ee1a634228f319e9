import type { ModelFacts } from '@streambed/model-facts';
import type { Core } from '../core.ts';
import { countedOf } from '../counts.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import { chunkFrame } from '../frames.ts';
import type { ReceivedRequest } from '../ledger.ts';
import { eventWithNotes, type GuardNotes, guardedInvoke, namesGuardrail } from './invoke-guard.ts';
import { liveFrames, settled } from './live.ts';
import { echoedHeaders, type Prepared, prepare, throwFault } from './prepare.ts';
import { sendStream, type TimedFrame } from './stream.ts';

const streamHeaders = {
  'Content-Type': 'application/vnd.amazon.eventstream',
  'X-Amzn-Bedrock-Content-Type': 'application/json',
};

/** InvokeModelWithResponseStream: one chunk an event. */
export async function invokeStream(
  exchange: Exchange,
  core: Core,
  received: ReceivedRequest,
  model: ModelFacts,
  forced: Fault | undefined,
): Promise<void> {
  const open = () => exchange.head(200, { ...streamHeaders, ...echoedHeaders(received) });

  // The same request again, as fast as possible: its bytes are known.
  const cacheKey = `${received.modelId}\n${received.body}`;
  const guarded = namesGuardrail(received);
  const free = !guarded && forced === undefined && core.quotas.limits.tokensPerMinute === undefined;
  const cached = free ? core.streams.get(cacheKey) : undefined;
  if (cached !== undefined) {
    core.counts.noteCounted(received, cached.counted);
    await sendStream(exchange, slices(cached.bytes), undefined, open);
    return;
  }

  const asked = prepare(core, received, model, forced);
  throwFault(exchange, asked.fault, true);
  // A guardrail looks at the whole answer before any of it goes out.
  const whole = guarded ? await settled(exchange, asked) : asked;
  const { decided: prepared, notes } = guardedInvoke(core, received, whole);
  if (prepared.fault?.type === 'cut' && prepared.fault.at === 'headers') {
    exchange.cut();
    return;
  }
  const made = (its: Prepared) => {
    core.counts.note(received, its.turn, its.completion);
    return frames(its, notes);
  };
  const { turn, completion } = prepared;
  await sendStream(
    exchange,
    prepared.repeatable
      ? core.streams.keep(cacheKey, made(prepared), countedOf(turn, completion))
      : liveFrames(exchange, prepared, made),
    prepared.fault,
    open,
  );
}

/** Frames are made one by one, when the reader has room for them. */
function* frames(
  { body, turn, completion, clock, seed }: Prepared,
  notes?: GuardNotes,
): Generator<TimedFrame> {
  const padding = seed.for('frames');
  for (const event of body.events(turn, completion, clock, seed.for('ids'))) {
    yield {
      // Chunks with text say what the guardrail did, the last one how (recorded).
      bytes: chunkFrame(
        event.tokens > 0 || event.last ? eventWithNotes(event.json, notes, event.last) : event.json,
        padding,
      ),
      dueMs: clock.advance(event.tokens),
      ending: event.ending,
      last: event.last,
    };
  }
}

const sliceBytes = 64 * 1024;

export function* slices(bytes: Buffer): Generator<TimedFrame> {
  for (let start = 0; start < bytes.length; start += sliceBytes) {
    const end = start + sliceBytes;
    yield { bytes: bytes.subarray(start, end), dueMs: 0, ending: false, last: end >= bytes.length };
  }
}
