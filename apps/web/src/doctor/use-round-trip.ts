import { useClient } from '@streambed/client/react';
import { useEffect, useState } from 'react';
import { usePage } from '../shell/page-context.ts';
import { createPinger } from './pinger.ts';

/** The last round trips to the server, in milliseconds, oldest first; measured while somebody looks. */
export function useRoundTrips(): readonly number[] {
  const { connection } = useClient();
  const { base, line } = usePage();
  const [trips, setTrips] = useState<readonly number[]>([]);
  useEffect(
    () =>
      createPinger(
        connection,
        () => line.options.fetch(new URL('healthz', base), { method: 'HEAD', cache: 'no-store' }),
        (ms) => setTrips((before) => [...before, ms].slice(-kept)),
      ),
    [connection, base, line],
  );
  return trips;
}

const kept = 40;
