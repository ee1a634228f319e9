import { type ActivityList, watchActivity } from '@streambed/client';
import { useClient, useConnection, useReadable } from '@streambed/client/react';
import { useEffect, useState } from 'react';
import { activityTexts } from '../texts/activity.ts';
import { ActivityRow } from './activity-row.tsx';

/** What runs just now for whoever looks, by whichever door it came; under it what ended last. */
export function ActivityPanel() {
  const client = useClient();
  const [list, setList] = useState<ActivityList>();
  useEffect(() => {
    const watched = watchActivity(client);
    setList(watched);
    return () => watched[Symbol.dispose]();
  }, [client]);
  return list === undefined ? null : <Rows list={list} />;
}

function Rows({ list }: { readonly list: ActivityList }) {
  const items = useReadable(list);
  const blocked = useConnection((line) => line.state === 'connected' && line.transport === 'http');
  const now = useNow();
  const running = items.filter(({ state }) => state === 'running').length;
  // Each keeps its place: what began last stands first, whether it runs or not.
  const rows = items.toSorted((one, other) => (other.started_at ?? 0) - (one.started_at ?? 0));
  return (
    <div className="px-5 pb-6">
      <p role="status" className="text-small text-ink-quiet">
        {activityTexts.running(running)}
      </p>
      {rows.length === 0 && (
        <p className="mt-3 text-ink-quiet">{blocked ? activityTexts.noSocket : activityTexts.empty}</p>
      )}
      <ul aria-label={activityTexts.list} className="mt-2">
        {rows.map((item) => (
          <ActivityRow key={item.generation} item={item} now={now} />
        ))}
      </ul>
    </div>
  );
}

/** The time in seconds since 1970, anew every second: what runs gets older while nothing else happens. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now() / 1_000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1_000), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
