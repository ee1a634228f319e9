import { useClient, useConnection, useReadable } from '@streambed/client/react';
import { useEffect, useState } from 'react';
import { texts } from '../texts.ts';
import { lightOf } from '../ui/connection-light.ts';
import { usePage } from './page-context.ts';

/** Above the composer while the server cannot be reached: what is, and what happens next. */
export function OfflineBar() {
  const pulled = useReadable(usePage().line.pulled);
  const offline = useConnection((line) => lightOf(line) === 'offline');
  if (pulled) {
    return (
      <p role="status" className="flex min-h-8 items-center pr-2 pb-2 pl-4.5 text-small text-warn">
        {texts.connection.pulled}
      </p>
    );
  }
  return offline ? <Bar /> : null;
}

function Bar() {
  const { connection } = useClient();
  const line = useConnection();
  const seconds = useSecondsUntil(line.state === 'offline' ? line.retryAt : undefined);
  return (
    <div className="flex min-h-8 items-center gap-2 pr-2 pb-2 pl-4.5 text-small text-ink-quiet">
      <span className="grow">
        <span className="text-warn">{texts.connection.lost}</span>{' '}
        <span className="tabular-nums">
          {seconds > 0 ? texts.connection.retrying(seconds) : texts.connection.retryingNow}
        </span>
      </span>
      <button
        type="button"
        className="quiet-button flex-none border border-stone-3 text-small whitespace-nowrap text-ink"
        onClick={() => connection.retryNow()}
      >
        {texts.connection.retryNow}
      </button>
    </div>
  );
}

function useSecondsUntil(at: number | undefined): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (at === undefined) return;
    setNow(performance.now());
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, [at]);
  return at === undefined ? 0 : Math.max(0, Math.ceil((at - now) / 1_000));
}
