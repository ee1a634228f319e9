import { type ActivityList, watchActivity } from '@streambed/client';
import { useClient, useConnection, useReadable } from '@streambed/client/react';
import { X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Chats } from '../shell/chats.ts';
import { usePage } from '../shell/page-context.ts';
import { activityTexts } from '../texts/activity.ts';
import { texts } from '../texts.ts';
import { lightOf } from '../ui/connection-light.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { ActivityRow } from './activity-row.tsx';
import '../styles/activity.css';

/** What runs just now for whoever looks, by whichever door it came; under it what ended last. */
export default function ActivityPlace({ chats }: { readonly chats: Chats }) {
  const client = useClient();
  const [list, setList] = useState<ActivityList>();
  const headRef = useRef<HTMLHeadingElement>(null);
  useEffect(() => headRef.current?.focus(), []);
  useEffect(() => {
    const watched = watchActivity(client);
    setList(watched);
    return () => watched[Symbol.dispose]();
  }, [client]);
  return (
    <main className="min-h-0 grow overflow-y-auto [scrollbar-gutter:stable_both-edges]">
      <div className="mx-auto max-w-236 px-4 pt-6 pb-12 sm:px-8">
        <div className="-mr-2 flex items-center justify-between">
          <h2
            ref={headRef}
            tabIndex={-1}
            className="text-[1.375rem]/8 font-semibold tracking-[-0.02em] outline-none"
          >
            {texts.header.activity}
          </h2>
          <IconButton name={activityTexts.back} keys="Esc" onClick={chats.goBack}>
            <X size={16} aria-hidden />
          </IconButton>
        </div>
        {list !== undefined && <Rows list={list} onOpen={chats.open} />}
      </div>
    </main>
  );
}

function Rows({ list, onOpen }: { readonly list: ActivityList; readonly onOpen: (id: string) => void }) {
  const items = useReadable(list);
  const models = useReadable(usePage().models);
  const blocked = useConnection((line) => line.state === 'connected' && line.transport === 'http');
  const offline = useConnection((line) => lightOf(line) === 'offline');
  const now = useNow();
  const running = items.filter(({ state }) => state === 'running').length;
  // Each keeps its place: what began last stands first, whether it runs or not.
  const rows = items.toSorted((one, other) => (other.started_at ?? 0) - (one.started_at ?? 0));
  const { columns, empty, noSocket } = activityTexts;
  return (
    <>
      <p role="status" className="mt-1 text-ink-quiet">
        {offline ? activityTexts.offline : activityTexts.running(running)}
      </p>
      {rows.length === 0 ? (
        <p className="mt-8 max-w-136 text-body text-ink-quiet">{blocked ? noSocket : empty}</p>
      ) : (
        <p aria-hidden="true" className="activity-row activity-head mt-6 pb-2 text-small text-ink-quiet">
          <span>{columns.model}</span>
          <span className="text-right">{columns.time}</span>
          <span className="text-right">{columns.tokens}</span>
          <span className="text-right">{columns.cost}</span>
        </p>
      )}
      <ul aria-label={activityTexts.list} className="max-sm:mt-4">
        {rows.map((item) => (
          <ActivityRow key={item.generation} item={item} models={models} now={now} onOpen={onOpen} />
        ))}
      </ul>
    </>
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
