import { z } from 'zod';
import type { GenerationStop } from './events.ts';
import { type ClientId, clientIdPattern, type GenerationId } from './ids.ts';
import type { AssistantMessage, ContentBlock, MessagesRequest } from './message.ts';
import { parseWith } from './parse.ts';

/** A conversation as lists show it. Times are seconds since 1970. */
export interface ConversationItem {
  /** Its maker's own id, or `conv_…`. */
  readonly id: string;
  /** `deleted`: it can be had back until `restorable_until`. `gone`: nothing else is known of it. */
  readonly state: 'kept' | 'deleted' | 'gone';
  /** Grows with each change; what `watch` takes as `after`. */
  readonly rev: number;
  /** The beginning of the first question, until somebody names it. */
  readonly title: string;
  readonly pinned: boolean;
  readonly created_at: number;
  readonly updated_at: number;
  readonly restorable_until?: number;
  /** How many turns there are, on all branches. */
  readonly turns: number;
  /** The last turn of the branch that is shown; absent while there is none. */
  readonly leaf?: string;
  /** What runs in it now. */
  readonly running: readonly GenerationId[];
  /** In the answer to a search: where it was found. */
  readonly match?: { readonly turn?: string; readonly text: string };
}

/** What one speaker said: the user, or a generation that answered. */
export interface ConversationTurn {
  /** `turn_…`; an answer has its generation's id. */
  readonly id: string;
  readonly parent?: string;
  readonly role: 'user' | 'assistant' | 'system';
  readonly rev: number;
  readonly created_at: number;
  /** What was sent. An answer has `message`. In a `changed` frame both are absent where they are too large for it. */
  readonly content?: string | readonly ContentBlock[];
  readonly answer?: ConversationAnswer;
}

/** What is known of a turn that a generation said. */
export interface ConversationAnswer {
  /** The caller's own id. */
  readonly id?: ClientId;
  /** `erased`: it was erased, only its place is left. */
  readonly state: GenerationStop['state'] | 'running' | 'erased';
  /** As the request named it. */
  readonly model: string;
  /** Names what it was asked with, in `settings` of the whole conversation. */
  readonly settings?: string;
  /** It goes on where its parent stopped: from its very text, or because the model was asked to. */
  readonly continues?: 'prefill' | 'asked';
  /** What it said; absent while it runs (read the generation), and where it said nothing. */
  readonly message?: AssistantMessage;
  /** Its end. */
  readonly stop?: GenerationStop;
  readonly ended_at?: number;
}

/** A request without what was said. */
export type RequestSettings = Omit<MessagesRequest, 'messages'>;

/** A conversation with everything in it. */
export interface ConversationTree extends ConversationItem {
  /** Every turn, in the order of their last change; or what has changed after the rev that was asked for. */
  readonly tree: readonly ConversationTurn[];
  /** What answers were asked with, by the names they give. */
  readonly settings: Readonly<Record<string, RequestSettings>>;
}

/** One page of a list: pinned ones first, then by their last change. */
export interface ConversationPage {
  readonly conversations: readonly ConversationItem[];
  /** What `before` takes for the next page; absent on the last. */
  readonly next?: string;
  /** The rev of the list: what `watch` takes as `after`. */
  readonly rev: number;
}

const title = z
  .string()
  .transform((text) => text.replace(/\s+/gu, ' ').trim())
  .pipe(z.string().min(1).max(200));

/** What {@link parseNewConversation} takes. */
export const newConversationSchema = z.looseObject({
  id: z.string().regex(clientIdPattern, 'expected 1 to 64 of A-Z a-z 0-9 _ -, such as a UUID').optional(),
  title: title.optional(),
  pinned: z.boolean().optional(),
});

/** What {@link parseConversationChange} takes. */
export const conversationChangeSchema = z
  .looseObject({
    title: title.optional(),
    pinned: z.boolean().optional(),
    leaf: z.string().min(1).max(128).optional(),
  })
  .refine(
    ({ title: name, pinned, leaf }) => name !== undefined || pinned !== undefined || leaf !== undefined,
    'expected title, pinned or leaf',
  );

/** What `POST /streambed/v1/conversations` takes. */
export interface NewConversation {
  readonly id?: string | undefined;
  readonly title?: string | undefined;
  readonly pinned?: boolean | undefined;
}

/** What `PATCH` takes: any of these. */
export interface ConversationChange {
  readonly title?: string | undefined;
  readonly pinned?: boolean | undefined;
  /** Shows the branch that ends there. */
  readonly leaf?: string | undefined;
}

/** Reads the body of a `POST`; none is as good as an empty one. Throws `SB_BAD_REQUEST`, naming the field. */
export function parseNewConversation(value: unknown): NewConversation {
  return parseWith(newConversationSchema, value ?? {});
}

/** Reads the body of a `PATCH`. Throws `SB_BAD_REQUEST`, naming the field. */
export function parseConversationChange(value: unknown): ConversationChange {
  return parseWith(conversationChangeSchema, value);
}
