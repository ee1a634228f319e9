import type { ClientId, GenerationEvent, GenerationStop } from '@streambed/protocol';
import type { EventFrame, GenerateFrame } from '@streambed/protocol/frames';
import { createConnection } from '../src/connection.ts';
import { type Generation, startGeneration } from '../src/generation.ts';
import type { GenerationOrder } from '../src/generation-order.ts';
import { ManualClock } from './manual-clock.ts';
import { hello, manualSockets } from './manual-socket.ts';

const tooLarge = {
  type: 'request_too_large',
  code: 'SB_TOO_LARGE',
  message: 'Too much.',
  retryable: false,
} as const;
export const generationId = 'gen_1' as EventFrame['generation'];

/** A generation on a line that the test breaks, answers and moves through time as it likes. */
export function setUp(options: GenerationOrder = {}, connected = true) {
  const clock = new ManualClock();
  const line = manualSockets();
  const connection = createConnection({
    url: 'ws://x/ws',
    openSocket: line.openSocket,
    clock,
    random: () => 0,
  });
  connection.open();
  if (connected) line.last.say(hello);
  const request = { model: 'anthropic', messages: [{ role: 'user' as const, content: 'Hi' }] };
  /** The server, asked by POST: even there it is too much. */
  const http = {
    start: async ({ id }: GenerateFrame) => ({ type: 'rejected' as const, id, error: tooLarge }),
  };
  const generation = startGeneration(
    { connection, http, clock },
    { ...(options.attach === undefined && { request }), ...options },
  );
  const accept = () =>
    line.last.say({
      type: 'accepted',
      id: generation.id as ClientId,
      generation: generationId,
      state: 'running',
      head: 0,
      store: 'resume',
    });
  /** Answers the last `attach`. */
  const attached = (head: number, more: object = {}) => {
    const { ref } = line.last.sent.findLast(({ type }) => type === 'attach') ?? {};
    line.last.say({ type: 'attached', ref, generation: generationId, state: 'running', head, ...more });
  };
  /** The line breaks, and the next one is there. */
  const reconnect = () => {
    line.last.break();
    while (connection.state.get().state !== 'connecting') clock.advance(100);
    line.last.say(hello);
  };
  const event = (seq: number, event: GenerationEvent, from?: number) =>
    line.last.say({ type: 'event', generation: generationId, seq, event, ...(from && { from }) });
  return { clock, line, connection, generation, accept, attached, reconnect, event };
}

/** A piece of text, as the server says it. */
export const text = (piece: string): GenerationEvent => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: piece },
});
export const opening: GenerationEvent = {
  type: 'content_block_start',
  index: 0,
  content_block: { type: 'text', text: '' },
};
export const ending: GenerationStop = {
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: { output_tokens: 2 },
  cost: { status: 'unknown' },
  timing: { first_event_ms: 5, total_ms: 9 },
};

/** The texts that a generation shows. */
export function written(generation: Generation): unknown {
  return generation.get().message.content.map((block) => block.text);
}
