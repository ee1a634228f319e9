import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * The server's log: one JSON line each, on standard error. Prompts, answers and queries (which may hold a `system`
 * prompt) never get into it.
 */
export function createLog(level: string): Logger {
  const destination = pino.destination({ fd: 2, sync: true });
  // Nobody reads standard error any more: no reason to end, and nowhere to say it.
  destination.on('error', () => {});
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
