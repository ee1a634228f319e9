import { z } from 'zod';
import type { ConversationItem, ConversationTurn, RequestSettings } from './conversations.ts';
import { type ErrorInfo, StreambedError } from './errors.ts';
import { type ClientId, clientIdPattern, type GenerationId } from './ids.ts';
import { type MessagesRequest, messageSchema, messagesRequestSchema } from './message.ts';
import { parseJson, parseWith } from './parse.ts';
import type { Preset } from './presets.ts';
import type { Cost } from './usage.ts';

/** The WebSocket subprotocol. */
export const subprotocol = 'streambed.v1';

/** A text frame on the socket is at most 1 MiB. */
export const maxFrameBytes = 1024 * 1024;

/** Why a socket is closed by the server. */
export const closeCode = {
  leaving: 1001,
  fault: 1011,
  notAuthenticated: 4001,
  malformed: 4002,
  tooSlow: 4008,
  silent: 4010,
} as const;

const ref = z.union([z.string().max(128), z.number()]).optional();
const id = z.string().regex(clientIdPattern, 'expected 1 to 64 of A-Z a-z 0-9 _ -, such as a UUID');

const generationOrId = {
  /** Its `gen_…`; or `id`, the caller's own. */
  generation: z.string().max(64).optional(),
  id: id.optional(),
};
const named = (frame: { generation?: string | undefined; id?: string | undefined }) =>
  frame.generation !== undefined || frame.id !== undefined;
const namedMessage = 'expected generation or id';
const topic = z
  .string()
  .regex(
    /^(generations|activity|conversations|presets|conversation:[\w-]{1,128})$/,
    'expected generations, activity, conversations, presets or conversation:<id>',
  );
const cursor = z.int().min(0);

/** What may stand beside a request, on the socket and over HTTP. */
const orderFields = {
  request: messagesRequestSchema,
  stream: z.boolean().optional(),
  on_disconnect: z.enum(['continue', 'cancel']).optional(),
  store: z.enum(['none', 'resume', 'conversation']).optional(),
  conversation: id.optional(),
  parent: z.string().max(64).optional(),
  continues: z.string().max(64).optional(),
  branch: z.boolean().optional(),
};

/** What goes on with an answer says nothing new. */
const continuedRequest = messagesRequestSchema.extend({
  messages: z
    .array(messageSchema)
    .max(0, 'expected none: what goes on with an answer says nothing new')
    .default([]),
});

const clientFrames = {
  auth: z.looseObject({ type: z.literal('auth'), ref, token: z.string().max(16_384).optional() }),
  generate: z.looseObject({ type: z.literal('generate'), ref, id, ...orderFields }),
  attach: z
    .looseObject({ type: z.literal('attach'), ref, ...generationOrId, after: cursor.optional() })
    .refine(named, namedMessage),
  detach: z.looseObject({ type: z.literal('detach'), ref, ...generationOrId }).refine(named, namedMessage),
  cancel: z.looseObject({ type: z.literal('cancel'), ref, ...generationOrId }).refine(named, namedMessage),
  watch: z.looseObject({ type: z.literal('watch'), ref, topic, after: cursor.optional() }),
  unwatch: z.looseObject({ type: z.literal('unwatch'), ref, topic }),
  pong: z.looseObject({ type: z.literal('pong'), ref }),
} as const;

const continuingFrame = clientFrames.generate.extend({ request: continuedRequest });
const orderSchema = z.looseObject({ id: id.optional(), ...orderFields });
const continuingOrder = orderSchema.extend({ request: continuedRequest });

/** What {@link parseGenerationOrder} takes, for the API's description; it reads by one of the two itself. */
export const generationOrderSchema = z.union([orderSchema, continuingOrder]);

/** What is asked for: a Messages request and how its generation is to be kept. */
export interface GenerationOrder {
  readonly request: MessagesRequest;
  /** Default true; false: the events come merged, at the end. */
  readonly stream?: boolean;
  /** Default `continue`. `cancel`: when no reader was attached for 10 s. */
  readonly on_disconnect?: 'continue' | 'cancel';
  /** Default `resume`; `conversation` where `conversation` is named, or where `parent` or `continues` is of one. */
  readonly store?: 'none' | 'resume' | 'conversation';
  /** Where it is kept: one that there is, or a new one under the caller's own id. */
  readonly conversation?: string;
  /** A generation: `request.messages` holds only what follows its answer. */
  readonly parent?: string;
  /** A generation that stopped before its end: this one goes on there. `request.messages` is empty. */
  readonly continues?: string;
  /** Another answer to tool calls that have one. */
  readonly branch?: boolean;
}

/** Says who the client is, where no header or cookie did. */
export interface AuthFrame {
  readonly type: 'auth';
  readonly ref?: string | number;
  readonly token?: string;
}

/** Starts a generation, named by the client. */
export interface GenerateFrame extends GenerationOrder {
  readonly type: 'generate';
  readonly ref?: string | number;
  readonly id: ClientId;
}

/** Reads a generation, strictly after `after` (default 0: all of it). Again on one socket: moves the cursor. */
export interface AttachFrame {
  readonly type: 'attach';
  readonly ref?: string | number;
  readonly generation?: GenerationId;
  readonly id?: ClientId;
  readonly after?: number;
}

/** Ends the reading; the generation goes on. */
export interface DetachFrame {
  readonly type: 'detach';
  readonly ref?: string | number;
  readonly generation?: GenerationId;
  readonly id?: ClientId;
}

/** Ends a generation, named by either of its ids. */
export interface CancelFrame {
  readonly type: 'cancel';
  readonly ref?: string | number;
  readonly generation?: GenerationId;
  readonly id?: ClientId;
}

/** Asks for `changed` frames: what has changed after the rev `after`, and what will. */
export interface WatchFrame {
  readonly type: 'watch';
  readonly ref?: string | number;
  /** `generations`, `activity`, `conversations`, `presets` or `conversation:<id>`. */
  readonly topic: string;
  readonly after?: number;
}

export interface UnwatchFrame {
  readonly type: 'unwatch';
  readonly ref?: string | number;
  readonly topic: string;
}

/** Answers `ping`. */
export interface PongFrame {
  readonly type: 'pong';
  readonly ref?: string | number;
}

export type ClientFrame =
  | AuthFrame
  | GenerateFrame
  | AttachFrame
  | DetachFrame
  | CancelFrame
  | WatchFrame
  | UnwatchFrame
  | PongFrame;

export type GenerationState = 'running' | 'completed' | 'cancelled' | 'failed' | 'interrupted';

export interface HelloFrame {
  readonly type: 'hello';
  readonly protocol: typeof subprotocol;
  /** Names this connection in the server's log. */
  readonly session: string;
  readonly limits: { readonly max_frame_bytes: number; readonly max_generations: number };
  /** How long what has ended can still be read. */
  readonly resume_seconds: number;
  /** What answers: a person should know whether an account is billed. Absent until the server knows who asks. */
  readonly upstream?: { readonly kind: 'bedrock' | 'emulator'; readonly region: string };
  /** Then the client must have said anew who it is, in seconds since 1970. Absent: never, or nobody has said it yet. */
  readonly expires_at?: number;
}

export interface AcceptedFrame {
  readonly type: 'accepted';
  readonly ref?: string | number;
  readonly id: ClientId;
  readonly generation: GenerationId;
  readonly state: GenerationState;
  /** The last seq so far; 0 when there is no event yet. */
  readonly head: number;
  /** `none` where `resume` was meant but the disk fails and nothing was asked for by name. */
  readonly store: 'none' | 'resume' | 'conversation';
  /** Where it is kept. */
  readonly conversation?: string;
  /** How it goes on where the one that it continues stopped: from its very text, or because the model is asked to. */
  readonly continues?: 'prefill' | 'asked';
}

/** Events follow, strictly after the `after` asked for. */
export interface AttachedFrame {
  readonly type: 'attached';
  readonly ref?: string | number;
  /** The caller's own id, where it has one. */
  readonly id?: ClientId;
  readonly generation: GenerationId;
  readonly state: GenerationState;
  readonly head: number;
  /** What the reader has can't be continued: drop it, the log follows from 1. */
  readonly reset?: true;
}

/** One event, or the merge of `from` … `seq`. */
export interface EventFrame {
  readonly type: 'event';
  readonly generation: GenerationId;
  readonly seq: number;
  readonly from?: number;
  readonly event: import('./events.ts').GenerationEvent;
}

export interface RejectedFrame {
  readonly type: 'rejected';
  readonly ref?: string | number;
  readonly id?: ClientId;
  readonly error: ErrorInfo;
}

export interface OkFrame {
  readonly type: 'ok';
  readonly ref?: string | number;
  readonly generation?: GenerationId;
  readonly state?: GenerationState;
  /** Answers `auth`: without keys nobody has to say who they are. */
  readonly auth?: 'accepted' | 'not_needed';
  /** Answers `auth`: when that ends, in seconds since 1970. Absent: never. */
  readonly expires_at?: number;
  /** Answers `watch`: the topic's rev now. */
  readonly rev?: number;
}

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

export interface ErrorFrame {
  readonly type: 'error';
  readonly ref?: string | number;
  /** What can be watched no longer. */
  readonly topic?: string;
  /** What is read no longer, though it has not ended: it was erased, or can't be read from the disk. */
  readonly generation?: GenerationId;
  readonly error: ErrorInfo;
}

/** Who the client is runs out soon: it says `auth` again, or the socket is closed then (4001). */
export interface AuthRequiredFrame {
  readonly type: 'auth_required';
  /** Seconds since 1970. */
  readonly expires_at: number;
}

export interface PingFrame {
  readonly type: 'ping';
}

/** This server is leaving: reconnect after that time. */
export interface GoawayFrame {
  readonly type: 'goaway';
  readonly reconnect_after_ms: number;
}

export type ServerFrame =
  | HelloFrame
  | AcceptedFrame
  | AttachedFrame
  | EventFrame
  | RejectedFrame
  | OkFrame
  | ChangedFrame
  | ErrorFrame
  | AuthRequiredFrame
  | PingFrame
  | GoawayFrame;

/**
 * Reads one text frame of a client. Throws `SB_BAD_JSON`, `SB_UNKNOWN_FRAME` or `SB_BAD_REQUEST`, each naming the
 * field; fields that aren't known are ignored.
 */
export function parseClientFrame(text: string): ClientFrame {
  const value = parseJson(text);
  const type = (value as { type?: unknown } | null)?.type;
  const schema =
    typeof type === 'string' && Object.hasOwn(clientFrames, type)
      ? clientFrames[type as ClientFrame['type']]
      : undefined;
  if (schema === undefined) {
    const known = Object.keys(clientFrames).join(', ');
    throw new StreambedError(
      'SB_UNKNOWN_FRAME',
      `type: expected one of ${known}, got ${JSON.stringify(type) ?? 'nothing'}`,
      {
        field: 'type',
      },
    );
  }
  const fitting = type === 'generate' && isContinuing(value) ? continuingFrame : schema;
  return parseWith(fitting as z.ZodType, value) as ClientFrame;
}

/** Reads the body of `POST /streambed/v1/generations`: a `generate` frame without its type, its `id` optional. */
export function parseGenerationOrder(value: unknown): GenerationOrder & { readonly id?: ClientId } {
  const schema = isContinuing(value) ? continuingOrder : orderSchema;
  return parseWith(schema as z.ZodType, value) as GenerationOrder & { readonly id?: ClientId };
}

function isContinuing(value: unknown): boolean {
  return (value as { readonly continues?: unknown } | null)?.continues !== undefined;
}

/** An event frame's text: before its seq, between that and the event's own JSON, and after it. */
export function eventFrameParts(
  generation: GenerationId,
): readonly [before: string, between: string, after: string] {
  return [`{"type":"event","generation":"${generation}","seq":`, ',"event":', '}'];
}

/** Writes an event frame around the event's own JSON text, without parsing it. */
export function printEventFrame(generation: GenerationId, seq: number, json: string, from?: number): string {
  const [before, between, after] = eventFrameParts(generation);
  const merged = from === undefined || from === seq ? '' : `,"from":${from}`;
  return before + seq + merged + between + json + after;
}
