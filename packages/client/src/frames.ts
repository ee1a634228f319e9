import type { GenerationOrder, HelloFrame, ServerFrame } from '@streambed/protocol/frames';

export type {
  AcceptedFrame,
  AttachedFrame,
  AttachFrame,
  ClientFrame,
  EventFrame,
  GenerateFrame,
  HelloFrame,
  RejectedFrame,
  ServerFrame,
} from '@streambed/protocol/frames';

/** What becomes of a generation that nobody reads: it goes on, or is cancelled after ten seconds. */
export type OnDisconnect = NonNullable<GenerationOrder['on_disconnect']>;

/** How long the server keeps an answer: while it runs, across a restart too, or until it is deleted. */
export type StorePolicy = NonNullable<GenerationOrder['store']>;

/** The WebSocket subprotocol this client speaks. */
export const subprotocol: HelloFrame['protocol'] = 'streambed.v1';

type Fields = Readonly<Record<string, unknown>>;

/** What a frame must have before we act on it; what it has beyond that is not our business. */
const guards: { readonly [Type in ServerFrame['type']]: (frame: Fields) => boolean } = {
  hello: (frame) => frame.protocol === subprotocol,
  accepted: (frame) => isText(frame.id) && isText(frame.generation),
  attached: (frame) => isText(frame.generation),
  event: (frame) =>
    isText(frame.generation) && isCount(frame.seq) && isObject(frame.event) && isText(frame.event.type),
  changed: (frame) => isText(frame.topic) && Array.isArray(frame.items),
  rejected: (frame) => isObject(frame.error),
  ok: () => true,
  error: (frame) => isObject(frame.error),
  auth_required: () => true,
  ping: () => true,
  goaway: (frame) => isCount(frame.reconnect_after_ms),
};

/**
 * Reads one text frame of the server. `undefined` is a frame we don't know or can't read: it is skipped, as the
 * protocol asks of clients, so that a newer server may say more.
 */
export function readServerFrame(text: string): ServerFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(frame) || !isText(frame.type) || !Object.hasOwn(guards, frame.type)) return undefined;
  const type = frame.type as ServerFrame['type'];
  return guards[type](frame) ? (frame as unknown as ServerFrame) : undefined;
}

/** Whether `value` is an object (an array is none). */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether `value` is a string with something in it. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
