import type { LogEvent } from '@streambed/bedrock';
import { StreambedError } from '@streambed/protocol';
import type { Generation } from './generation/generation.ts';
import type { Logger } from './log.ts';

/** That keys cannot be looked up, and that they can again. */
export function logKeys(log: Logger, trouble: Error | undefined): void {
  if (trouble === undefined) log.info('keys can be looked up again');
  else log.error({ reason: trouble.message }, 'keys cannot be looked up: those known so far go on counting');
}

/** That the data folder cannot be written, and that it can again. */
export function logDisk(log: Logger, trouble: Error | undefined): void {
  if (trouble === undefined) log.info('the data folder can be written again');
  else log.error({ reason: trouble.message }, 'the data folder cannot be written: nothing more is stored');
}

/** That the database is no longer where it was opened, and that it is there again. */
export function logMoved(log: Logger, trouble: Error | undefined): void {
  if (trouble === undefined) log.info('the database is in its place again');
  else log.error({ reason: (trouble.cause as Error).message }, trouble.message);
}

/** A mistake of ours, with its stack and what it was about; nothing where what was thrown is one of our own errors. */
export function logFault(
  log: Logger,
  thrown: unknown,
  about: { readonly request?: string; readonly generation?: string },
): void {
  const { code, cause } = StreambedError.from(thrown);
  if (code === 'SB_INTERNAL' && cause !== undefined) log.error({ err: cause, ...about }, 'fault');
}

/** One line for each generation: what it was and what became of it, never what was said. */
export function logEnd(log: Logger, { id, model, stop, fault }: Generation): void {
  if (fault !== undefined) logFault(log, fault, { generation: id });
  if (stop === undefined) return;
  const { state, stop_reason, usage, timing, error, bedrock } = stop;
  const about = {
    generation: id,
    model,
    target: bedrock?.target,
    state,
    stop_reason,
    usage,
    ms: timing.total_ms,
  };
  if (error === undefined) log.info(about, 'generation');
  else log.warn({ ...about, code: error.code, upstream: error.upstream?.request_id }, 'generation');
}

const targetSays = {
  closed: ['info', 'a target answers again'],
  half_open: ['info', 'a target is tried again'],
  open: ['error', 'a target fails again and again: nothing is sent there for a while'],
} as const;

/** What the upstream client says about itself. */
export function logUpstream(log: Logger, event: LogEvent): void {
  if (event.type === 'fault') logFault(log, event.error, { generation: event.generation });
  else if (event.type === 'credentials') log.warn({ reason: event.message }, 'credentials were not renewed');
  else if (event.type === 'target') {
    const { type: _, ...target } = event;
    const [level, says] = targetSays[event.state];
    log[level](target, says);
  } else {
    const { generation, attempt, target, delayMs, error } = event;
    log.warn({ generation, attempt, target, delayMs, code: error.code }, 'upstream failed, trying again');
  }
}
