import type { JsonObject, Turn } from '../turn.ts';

/** A piece of an answer, as an engine gives it. */
export type EnginePart =
  | { readonly type: 'text' | 'thinking'; readonly text: string }
  /** A whole tool call. */
  | { readonly type: 'tool_use'; readonly name: string; readonly input: JsonObject; readonly id?: string }
  /** Why it ended, where it isn't what the parts make it: `max_tokens`. */
  | { readonly type: 'stop'; readonly reason: string };

/** Another author of answers than the demo model. What it says goes out through Bedrock's wire as it comes. */
export interface Engine {
  /** The parts of an answer in their order. `signal` aborts when nobody wants them any more. Rejects when it fails. */
  answer(turn: Turn, signal: AbortSignal): AsyncIterable<EnginePart>;
}
