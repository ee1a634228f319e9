import {
  type AcceptedFrame,
  type AttachedFrame,
  type AttachFrame,
  type ClientFrame,
  type GenerateFrame,
  type HelloFrame,
  maxFrameBytes,
  type OkFrame,
  subprotocol,
} from '@streambed/protocol/frames';
import type { Presence } from '../access/presence.ts';
import type { GenerationView } from '../stream-log/stream-log.ts';
import type { SessionOptions } from './session.ts';

/** The first frame on a socket, which is named `session`. */
export function hello(
  session: string,
  {
    registry,
    resumeSeconds,
    presence,
    upstream,
  }: Pick<SessionOptions, 'registry' | 'resumeSeconds' | 'presence' | 'upstream'>,
): HelloFrame {
  return {
    type: 'hello',
    protocol: subprotocol,
    session,
    limits: {
      max_frame_bytes: maxFrameBytes,
      max_generations: registry.admission.limits.generationsPerSocket,
    },
    resume_seconds: resumeSeconds,
    ...(presence.known && { upstream }),
    ...expiryOf(presence),
  };
}

/** Says of a generation that was asked for where it stands and how it is kept. */
export function accepted(frame: GenerateFrame, { record, head, stop }: GenerationView): AcceptedFrame {
  const { generation, store, conversation, continues } = record;
  return {
    type: 'accepted',
    ...refOf(frame),
    id: frame.id,
    generation,
    state: stop?.state ?? 'running',
    head,
    store,
    ...(conversation !== undefined && { conversation }),
    ...(continues !== undefined && { continues }),
  };
}

/** Says of a generation that is to be read where it stands; `reset` where what its reader has is of another log. */
export function attached(
  frame: AttachFrame,
  { record, head, stop }: GenerationView,
  reset: boolean,
): AttachedFrame {
  const { generation, id } = record;
  return {
    type: 'attached',
    ...refOf(frame),
    ...(id !== undefined && { id }),
    generation,
    state: stop?.state ?? 'running',
    head,
    ...(reset && { reset }),
  };
}

/** Says that a frame was done, and what came of it. */
export function ok(frame: ClientFrame, outcome: Omit<OkFrame, 'type' | 'ref'> = {}): OkFrame {
  return { type: 'ok', ...refOf(frame), ...outcome };
}

/** When what we know of the client ends, as frames say it. */
export function expiryOf({ expiresAt }: Pick<Presence, 'expiresAt'>): { readonly expires_at?: number } {
  return expiresAt === undefined ? {} : { expires_at: Math.floor(expiresAt / 1000) };
}

function refOf({ ref }: Pick<ClientFrame, 'ref'>): { readonly ref?: string | number } {
  return ref === undefined ? {} : { ref };
}
