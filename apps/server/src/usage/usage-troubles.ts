import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { UsageTroubles } from './usage-ledger.ts';

/** What goes wrong with the ledger: one line in the log for each turn of it, and a metric. */
export function usageTroubles(
  log: Pick<Logger, 'info' | 'error'>,
  metrics: Pick<Metrics, 'store' | 'lost'>,
): UsageTroubles {
  const say = (trouble: Error | undefined, works: string, fails: string) => {
    if (trouble === undefined) log.info(works);
    else log.error({ reason: trouble.message }, fails);
  };
  return {
    journal: (trouble) => {
      metrics.store('usage_journal', trouble);
      say(
        trouble,
        'usage is written to its journal again',
        'usage cannot be written to its journal: until the database has it, it is lost if this process is killed',
      );
    },
    database: (trouble) => {
      metrics.store('usage_database', trouble);
      say(
        trouble,
        'usage is in the database again',
        'usage cannot be written to the database: it waits in its journal',
      );
    },
    lost: (rows) => {
      metrics.lost(rows);
      log.error({ rows }, 'usage was lost: there was room for it nowhere');
    },
  };
}
