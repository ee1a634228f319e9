import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { UsageTroubles } from './usage-ledger.ts';

const says = {
  journal: {
    works: 'usage is written to its journal again',
    fails:
      'usage cannot be written to its journal: until the database has it, it is lost if this process is killed',
  },
  database: {
    works: 'usage is in the database again',
    fails: 'usage cannot be written to the database: it waits in its journal',
  },
} as const;

/** What goes wrong with the ledger: one line in the log for each turn of it, and a metric. */
export function usageTroubles(
  log: Pick<Logger, 'info' | 'error'>,
  metrics: Pick<Metrics, 'store' | 'lost'>,
): UsageTroubles {
  const tell = (which: keyof typeof says) => (trouble: Error | undefined) => {
    metrics.store(`usage_${which}`, trouble);
    if (trouble === undefined) log.info(says[which].works);
    else log.error({ reason: trouble.message }, says[which].fails);
  };
  return {
    journal: tell('journal'),
    database: tell('database'),
    lost: (rows) => {
      metrics.lost(rows);
      log.error({ rows }, 'usage was lost: there was room for it nowhere');
    },
  };
}
