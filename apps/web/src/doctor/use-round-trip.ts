import type { Connection } from '@streambed/client';
import { useEffect, useState } from 'react';
import { createPinger } from './pinger.ts';

/** The last round trips to the server, in milliseconds, oldest first; measured while somebody looks. */
export function useRoundTrips(connection: Connection): readonly number[] {
  const [trips, setTrips] = useState<readonly number[]>([]);
  useEffect(
    () => createPinger(connection, (ms) => setTrips((before) => [...before, ms].slice(-kept))),
    [connection],
  );
  return trips;
}

const kept = 40;
