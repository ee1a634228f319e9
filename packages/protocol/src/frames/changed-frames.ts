import type { ConversationItem, ConversationTurn, RequestSettings } from '../conversations.ts';
import type { ErrorInfo } from '../errors.ts';
import type { ClientId, GenerationId } from '../ids.ts';
import type { Preset } from '../presets.ts';
import type { Cost } from '../usage.ts';
import type { GenerationState } from './generation-state.ts';

/** A generation as a list shows it; never its content. */
export interface GenerationItem {
  readonly generation: GenerationId;
  readonly id?: ClientId;
  readonly state: GenerationState | 'gone';
  readonly model?: string;
  /** Seconds since 1970. */
  readonly started_at?: number;
  readonly ended_at?: number;
}

/** How far a generation is, by whichever door it came; never its content. */
export interface ActivityItem extends GenerationItem {
  /** Only while it runs. */
  readonly phase?: 'waiting' | 'thinking' | 'writing';
  /** The door it came in by: `streambed`, `model-socket`, `anthropic`, `openai` or `bedrock`. */
  readonly surface?: string;
  /** The public id of the key that it was asked with. */
  readonly key?: string;
  /** Where it is kept for good. */
  readonly conversation?: string;
  readonly input_tokens?: number;
  /** While it runs an estimate by what was written. */
  readonly output_tokens?: number;
  /** With the one that runs. */
  readonly attempts?: number;
  /** Once it has ended, where it is known. */
  readonly cost?: Cost;
  /** Why it failed. */
  readonly error?: ErrorInfo['code'];
}

interface Changes {
  readonly type: 'changed';
  readonly rev: number;
  /** The rev asked for is not known any more: `items` is everything there is, or its newest part. */
  readonly reset?: true;
}

export interface GenerationsChanged extends Changes {
  readonly topic: 'generations';
  readonly items: readonly GenerationItem[];
}

export interface ActivityChanged extends Changes {
  readonly topic: 'activity';
  readonly items: readonly ActivityItem[];
}

export interface ConversationsChanged extends Changes {
  readonly topic: 'conversations';
  readonly items: readonly ConversationItem[];
}

/** `items` is always everything there is. */
export interface PresetsChanged extends Changes {
  readonly topic: 'presets';
  readonly items: readonly Preset[];
}

export interface ConversationChanged extends Changes {
  readonly topic: `conversation:${string}`;
  readonly conversation: ConversationItem;
  /** Its turns that have changed. */
  readonly items: readonly ConversationTurn[];
  /** What they were asked with, by the names they give; absent where that is too large for a frame. */
  readonly settings?: Readonly<Record<string, RequestSettings>>;
}

/** What has changed in a topic up to `rev`; what `items` doesn't name is as it was. */
export type ChangedFrame =
  | GenerationsChanged
  | ActivityChanged
  | ConversationsChanged
  | PresetsChanged
  | ConversationChanged;
