import { z } from 'zod';
import { type ErrorInfo, StreambedError } from './errors.ts';
import { type ClientId, clientIdPattern, type GenerationId } from './ids.ts';
import { type MessagesRequest, messagesRequestSchema } from './message.ts';
import { parseJson, parseWith } from './parse.ts';

/** The WebSocket subprotocol. */
export const subprotocol = 'streambed.v1';

/** A text frame on the socket is at most 1 MiB. */
export const maxFrameBytes = 1024 * 1024;

/** Why a socket is closed by the server. */
export const closeCode = { leaving: 1001, malformed: 4002, tooSlow: 4008, silent: 4010 } as const;

const ref = z.union([z.string().max(128), z.number()]).optional();
const id = z.string().regex(clientIdPattern, 'expected 1 to 64 of A-Z a-z 0-9 _ -, such as a UUID');

const clientFrames = {
  generate: z.looseObject({
    type: z.literal('generate'),
    ref,
    id,
    request: messagesRequestSchema,
    stream: z.boolean().optional(),
  }),
  cancel: z
    .looseObject({ type: z.literal('cancel'), ref, generation: z.string().optional(), id: id.optional() })
    .refine((frame) => frame.generation !== undefined || frame.id !== undefined, 'expected generation or id'),
  pong: z.looseObject({ type: z.literal('pong'), ref }),
} as const;

/** Starts a generation, named by the client. */
export interface GenerateFrame {
  readonly type: 'generate';
  readonly ref?: string | number;
  readonly id: ClientId;
  readonly request: MessagesRequest;
  /** false: the events come merged, at the end. */
  readonly stream?: boolean;
}

/** Ends a generation, named by either of its ids. */
export interface CancelFrame {
  readonly type: 'cancel';
  readonly ref?: string | number;
  readonly generation?: GenerationId;
  readonly id?: ClientId;
}

/** Answers `ping`. */
export interface PongFrame {
  readonly type: 'pong';
  readonly ref?: string | number;
}

export type ClientFrame = GenerateFrame | CancelFrame | PongFrame;

export type GenerationState = 'running' | 'completed' | 'cancelled' | 'failed' | 'interrupted';

export interface HelloFrame {
  readonly type: 'hello';
  readonly protocol: typeof subprotocol;
  /** Names this connection in the server's log. */
  readonly session: string;
  readonly limits: { readonly max_frame_bytes: number; readonly max_generations: number };
  /** What answers: a person should know whether an account is billed. */
  readonly upstream: { readonly kind: 'bedrock' | 'emulator'; readonly region: string };
}

export interface AcceptedFrame {
  readonly type: 'accepted';
  readonly ref?: string | number;
  readonly id: ClientId;
  readonly generation: GenerationId;
  readonly state: GenerationState;
  /** The last seq so far; 0 when there is no event yet. */
  readonly head: number;
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
}

export interface ErrorFrame {
  readonly type: 'error';
  readonly ref?: string | number;
  readonly error: ErrorInfo;
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
  | EventFrame
  | RejectedFrame
  | OkFrame
  | ErrorFrame
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
  return parseWith(schema as z.ZodType, value) as ClientFrame;
}

/** Writes an event frame around the event's own JSON text, without parsing it. */
export function printEventFrame(generation: GenerationId, seq: number, json: string, from?: number): string {
  const merged = from === undefined || from === seq ? '' : `"from":${from},`;
  return `{"type":"event","generation":"${generation}","seq":${seq},${merged}"event":${json}}`;
}
