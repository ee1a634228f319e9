import type { AskedFault, Fault } from './faults.ts';
import type { ReceivedRequest } from './ledger.ts';
import type { PaceOption } from './pace.ts';
import type { JsonObject, Turn } from './turn.ts';

export type ReplyBlock =
  /** `deltas`: the pieces to stream, each exactly one event and counted as one token. Absent: cut like tokens. */
  | {
      readonly type: 'text';
      readonly text: string;
      readonly deltas?: readonly string[];
      readonly citations?: readonly Citation[];
    }
  | { readonly type: 'thinking'; readonly text: string }
  /** Thinking that comes sealed. Only Claude has it. */
  | { readonly type: 'redacted_thinking' }
  | {
      readonly type: 'tool_use';
      readonly name: string;
      readonly input: JsonObject;
      readonly id?: string;
      /** A tool of the model's own side (Nova 2): its result follows in the same answer. */
      readonly result?: { readonly type: string; readonly content: readonly JsonObject[] };
    };

/** What a text leans on: a part of one of the documents sent, by its place among them. */
export interface Citation {
  readonly document: number;
  readonly title: string;
  readonly text: string;
  readonly unit: 'char' | 'page' | 'chunk';
  readonly start: number;
  readonly end: number;
}

/** What the model says. Limits, stop sequences, ids and counts are added after. */
export interface Reply {
  readonly blocks: readonly ReplyBlock[];
  /** Instead of what the blocks make it: `refusal`, `pause_turn`, … */
  readonly stopReason?: string;
  readonly fault?: Fault | AskedFault;
  /** For this answer only. */
  readonly pace?: PaceOption;
}

/** A request with what a script wants to decide on. */
export interface ScriptRequest extends ReceivedRequest {
  /** The text of the last user message. */
  readonly prompt: string;
  readonly turn: Turn;
}

/** Says what to answer; `undefined` leaves it to the demo model. A string is one text block. */
export type Script = (request: ScriptRequest) => Reply | string | undefined;

/** A text, whole or as the exact deltas to stream. */
export function say(text: string | readonly string[]): Reply {
  return typeof text === 'string'
    ? { blocks: [{ type: 'text', text }] }
    : { blocks: [{ type: 'text', text: text.join(''), deltas: text }] };
}

/** A thinking block before what `then` says. It is sent even if the request didn't ask for thinking. */
export function think(text: string, then: Reply): Reply {
  return { ...then, blocks: [{ type: 'thinking', text }, ...then.blocks] };
}

/** A tool call. */
export function callTool(name: string, input: JsonObject): Reply {
  return { blocks: [{ type: 'tool_use', name, input }] };
}

/** The same answer, going wrong. */
export function failing(reply: Reply, fault: Fault): Reply {
  return { ...reply, fault };
}
