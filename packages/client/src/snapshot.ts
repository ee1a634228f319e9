import type {
  AssistantMessage,
  Ending,
  ErrorInfo,
  GenerationEvent,
  GenerationId,
  GenerationStop,
} from '@streambed/protocol';

/**
 * Where a generation is: `connecting` (not sent yet), `waiting` (sent, no token yet), `thinking`, `writing`,
 * `resuming` (its line is lost, or it is being picked up again), and then how it ended.
 */
export type GenerationPhase = 'connecting' | 'waiting' | 'thinking' | 'writing' | 'resuming' | Ending;

/** A generation as it is now. */
export interface GenerationSnapshot {
  /** The caller's id; the server's where it was attached by that. */
  readonly id: string;
  /** The server's name for it, once it is known. */
  readonly generation: GenerationId | undefined;
  readonly phase: GenerationPhase;
  /** The fold of all events so far; blocks that didn't change keep their identity. */
  readonly message: AssistantMessage;
  /** The last event in it: what `attach` takes as `after`. */
  readonly seq: number;
  /** How often it was picked up again. */
  readonly resumed: number;
  /** Set once it was asked to stop, until it has. */
  readonly cancelling: boolean;
  /** How it ended. Where the server couldn't say so any more, we do: `interrupted`, with what had arrived. */
  readonly stop: GenerationStop | undefined;
}

/** Whether it has ended. */
export function isEnded(phase: GenerationPhase): phase is Ending {
  return phase === 'completed' || phase === 'cancelled' || phase === 'failed' || phase === 'interrupted';
}

/** The phase that `event` leads to, after `phase`. */
export function phaseAfter(event: GenerationEvent, phase: GenerationPhase): GenerationPhase {
  switch (event.type) {
    case 'content_block_start':
      return isThinking(event.content_block.type) ? 'thinking' : phase === 'waiting' ? 'waiting' : 'writing';
    case 'content_block_delta':
      if (event.delta.type === 'signature_delta') return phase;
      return event.delta.type === 'thinking_delta' ? 'thinking' : 'writing';
    default:
      return phase;
  }
}

function isThinking(type: string): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

/** The end as the client must tell it itself, because the server didn't. */
export function stopHere(state: Ending, totalMs: number, error?: ErrorInfo): GenerationStop {
  return {
    type: 'generation_stop',
    state,
    stop_reason: null,
    usage: {},
    cost: { status: 'unknown' },
    timing: { total_ms: Math.round(totalMs) },
    ...(error !== undefined && { error }),
  };
}

export const connectionLost: ErrorInfo = {
  type: 'interrupted',
  code: 'SB_CONNECTION_LOST',
  message: 'The connection to the server was lost before the answer was done. What had arrived is kept.',
  retryable: true,
};

export const unreachable: ErrorInfo = {
  type: 'unavailable',
  code: 'SB_CONNECTION_LOST',
  message: 'The server could not be reached, so nothing was sent. Check that it is running, then try again.',
  retryable: true,
};
