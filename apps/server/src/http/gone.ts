import type { FastifyReply } from 'fastify';

/** Aborted when nobody waits for this answer any more: whoever asked has left, or has it. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (raw.destroyed) gone.abort();
  raw.once('close', () => gone.abort());
  return gone.signal;
}
