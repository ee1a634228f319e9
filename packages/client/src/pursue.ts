import type { Ending, ErrorInfo, GenerationId, MessagesRequest } from '@streambed/protocol';
import type { Answer } from './answer.ts';
import { type Carrier, defaultDeadlines } from './carrier.ts';
import { systemClock } from './clock.ts';
import type { AttachedFrame, EventFrame, GenerateFrame, ServerFrame } from './frames.ts';
import type { GenerationOrder } from './generation-order.ts';
import { connectionLost, type GenerationSnapshot, isEnded, unreachable } from './snapshot.ts';

/** So often in a row events may not start after the last one before it is given up. */
const maxGaps = 5;
/** A refusal that may pass is asked about again so soon, and so often. */
const againMs = 1_000;
const maxAgain = 30;

/**
 * Asks the server for an answer, over as many lines as it takes, until it has ended: what is known there is attached to
 * after the last event, what may not be is asked again under its id.
 */
export function pursue(
  { connection, http, clock = systemClock, deadlines = defaultDeadlines }: Carrier,
  order: GenerationOrder,
  answer: Answer,
): { cancel(): void; detach(): void } {
  const { request, attach } = order;
  const { id, get, patch, hasEnded, endHere } = answer;
  const closing = new AbortController();

  /** What was last said on the present line; events are read once it was answered. */
  let said: 'nothing' | 'generate' | 'attach' | 'answered' = 'nothing';
  /** Whether the server may know it. Until then there is nothing to attach to. */
  let known = attach !== undefined;
  let attachRef = '';
  let attaches = 0;
  let gaps = 0;
  let again = 0;
  let resumeMs = deadlines.resumeMs;

  const name = () => {
    const { generation } = get();
    return generation === undefined ? { id } : { generation };
  };

  let cancelDeadline = () => {};
  const deadline = (ms: number, run: () => void) => {
    // Once it was asked to stop, that deadline is the one that counts.
    if (get().cancelling) return;
    cancelDeadline();
    cancelDeadline = clock.after(ms, run);
  };
  const giveUp = () => endHere(get().cancelling ? 'cancelled' : 'interrupted', connectionLost);

  /** With a new line: asks, or picks up where it was. */
  const begin = () => {
    if (known) sendAttach();
    else if (request !== undefined) sendGenerate(request);
  };

  const sendGenerate = (asked: MessagesRequest) => {
    const { stream, on_disconnect, store, conversation, parent, continues, branch } = order;
    const more = { stream, on_disconnect, store, conversation, parent, continues, branch };
    // What is undefined is not said.
    const frame = { type: 'generate', id, request: asked, ...more } as GenerateFrame;
    const result = connection.send(frame);
    if (result === 'not_connected') return;
    said = 'generate';
    if (get().seq === 0) patch({ phase: 'waiting' });
    deadline(deadlines.acceptMs, () => {
      connection.deliver({ type: 'cancel', id });
      giveUp();
    });
    if (result === 'too_large') void post(frame);
  };

  /** What is larger than a frame goes by POST under the same id, and is attached to then. */
  const post = async (frame: GenerateFrame) => {
    try {
      const reply = await http.start(frame, closing.signal);
      if (hasEnded()) return;
      if (reply.type === 'rejected') {
        hear(reply);
        return;
      }
      known = true;
      patch({ generation: reply.generation });
    } catch {
      if (hasEnded()) return;
    }
    // Without a line the next one brings it here again; the id keeps it from running twice.
    if (connection.state.get().state !== 'connected') return;
    if (known) sendAttach();
    else retry();
  };

  const sendAttach = () => {
    attaches += 1;
    attachRef = `attach-${id}-${attaches}`;
    const result = connection.send({ type: 'attach', ref: attachRef, ...name(), after: get().seq });
    if (result === 'not_connected') return;
    said = 'attach';
    deadline(deadlines.acceptMs, giveUp);
  };

  const retry = () => {
    again += 1;
    if (again > maxAgain) giveUp();
    else if (!hasEnded()) {
      const stop = clock.after(againMs, () => {
        if (!hasEnded() && connection.state.get().state === 'connected' && said !== 'answered') begin();
      });
      closing.signal.addEventListener('abort', stop, { once: true });
    }
  };

  const hear = (frame: ServerFrame) => {
    switch (frame.type) {
      case 'accepted':
        if (frame.id !== id || said === 'nothing') return;
        known = true;
        patch({ generation: frame.generation });
        readFrom(frame.head, frame.state);
        return;
      case 'attached':
        if (frame.ref === attachRef || (said === 'answered' && isOurs(frame))) attachedTo(frame);
        return;
      case 'rejected':
        if (frame.id === id) endHere(get().cancelling ? 'cancelled' : 'failed', frame.error);
        return;
      case 'error':
        if (frame.ref === attachRef && said === 'attach') refused(frame.error);
        else if (frame.generation !== undefined && frame.generation === get().generation)
          brokenOff(frame.error);
        return;
      case 'event':
        if (isOurs(frame)) take(frame);
        return;
      default:
        return;
    }
  };

  const isOurs = (frame: { readonly generation: GenerationId }) => frame.generation === get().generation;

  const attachedTo = (frame: AttachedFrame) => {
    patch({ generation: frame.generation });
    if (frame.reset === true) answer.startOver();
    readFrom(frame.head, frame.state);
  };

  /** The server reads to us, after what we have. */
  const readFrom = (head: number, state: GenerationSnapshot['phase'] | 'running') => {
    const { seq, cancelling } = get();
    said = 'answered';
    if (!cancelling) cancelDeadline();
    answer.resumeUpTo(head);
    if (state !== 'running' && seq >= head && seq > 0) endHere(state as Ending);
  };

  const refused = (error: ErrorInfo) => {
    const { cancelling, seq, generation } = get();
    if (error.code === 'SB_NOT_FOUND') {
      // Never seen: the question didn't leave the page before, or its cancel was first.
      if (cancelling) endHere('cancelled');
      else if (request !== undefined && seq === 0 && generation === undefined) {
        known = false;
        sendGenerate(request);
        return;
      }
    } else if (error.retryable) {
      retry();
      return;
    }
    endHere(seq > 0 ? 'interrupted' : 'failed', error);
  };

  /** The server reads to us no longer: what is still kept is asked for again. */
  const brokenOff = (error: ErrorInfo) => {
    said = 'attach';
    if (error.retryable) retry();
    else endHere('interrupted', error);
  };

  const take = ({ seq, from = seq, event }: EventFrame) => {
    const last = get().seq;
    if (seq <= last) return;
    if (from === last + 1) {
      gaps = 0;
      again = 0;
      answer.apply(event, seq);
      return;
    }
    // Not right after the last one: asked for again from there. What is under way until then has the same gap.
    if (said !== 'answered') return;
    gaps += 1;
    if (gaps > maxGaps) giveUp();
    else sendAttach();
  };

  const watch = () => {
    const line = connection.state.get();
    if (line.state === 'connected') {
      const { resume_seconds: seconds = resumeMs / 1_000 } = line.hello;
      resumeMs = seconds * 1_000;
      // A server that leaves takes nothing new: what is asked now waits for the next one.
      if (said === 'nothing' && (known || !line.leaving)) begin();
      return;
    }
    if (line.state === 'closed') {
      if (get().phase === 'connecting') endHere('failed', unreachable);
      else giveUp();
      return;
    }
    if (said === 'nothing') return;
    // What was sent may have arrived or not: after `generate` it is sent again, under the same id.
    said = 'nothing';
    patch({ phase: 'resuming' });
    deadline(resumeMs, giveUp);
  };

  const cancel = () => {
    const { phase, cancelling } = get();
    if (isEnded(phase) || cancelling) return;
    if (phase === 'connecting' && attach === undefined) {
      endHere('cancelled');
      return;
    }
    // Whether it arrived is not known: with the next line it is looked up, not asked for once more.
    known = true;
    deadline(deadlines.cancelMs, () => endHere('cancelled'));
    patch({ cancelling: true });
    connection.deliver({ type: 'cancel', ...name() });
  };

  const detach = () => {
    const { generation } = get();
    if (hasEnded()) return;
    if (generation !== undefined) connection.send({ type: 'detach', generation });
    endHere('interrupted', connectionLost);
  };

  const stops = [connection.onFrame(hear), connection.state.subscribe(watch)];
  answer.listeners.add(
    {
      onEnd: () => {
        cancelDeadline();
        closing.abort();
        for (const stop of stops) stop();
        order.signal?.removeEventListener('abort', cancel);
      },
    },
    get(),
  );
  if (attach === undefined) deadline(deadlines.connectMs, () => endHere('failed', unreachable));
  else deadline(resumeMs, giveUp);
  order.signal?.addEventListener('abort', cancel, { once: true });
  if (order.signal?.aborted) cancel();
  if (!hasEnded()) watch();
  return { cancel, detach };
}
