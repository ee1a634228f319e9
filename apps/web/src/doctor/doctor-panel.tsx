import type { ConnectionState } from '@streambed/client';
import { useConnection, useReadable } from '@streambed/client/react';
import { CircleAlert, CircleCheck, CircleX, Unplug } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { usePage } from '../shell/page-context.ts';
import { doctorTexts } from '../texts/doctor.ts';
import { flowOf, lightOf } from '../ui/connection-light.ts';
import { Sign } from '../ui/sign.tsx';
import { type CheckName, type CheckResult, checkNames, runChecks } from './checks.ts';
import { type LineEvent, pulledCode } from './line.ts';
import { median } from './pinger.ts';
import { RoundTrips } from './round-trips.tsx';
import { useRoundTrips } from './use-round-trip.ts';

/** How the line to the server is, what became of it, and what stands in its way. */
export function DoctorPanel() {
  const line = useConnection();
  const page = usePage();
  const history = useReadable(page.line.history);
  const pulled = useReadable(page.line.pulled);
  const trips = useRoundTrips();
  const light = lightOf(line);
  const words = doctorTexts;
  const middle = median(trips);
  return (
    <div className="flex flex-col gap-6 px-5 pb-6">
      <section aria-label={words.now}>
        <p className="flex items-center gap-2.5">
          <Sign flow={flowOf[light]} size={22} />
          <span className="font-medium">{standing(line, pulled)}</span>
        </p>
        <dl className="mt-3">
          <Fact name={words.transport} value={line.state === 'connected' ? words[line.transport] : '–'} />
          <Fact
            name={words.roundTrip}
            value={middle === undefined ? '–' : words.milliseconds(middle)}
            meaning={words.roundTripMeaning}
          />
          <Fact name={words.lastLoss} value={lastLoss(history)} />
          {line.state === 'connected' && <Fact name={words.session} value={line.hello.session} mono />}
        </dl>
        <RoundTrips trips={trips} />
      </section>
      <Checks />
      <section aria-label={words.plug.title}>
        <h3 className="font-medium">{words.plug.title}</h3>
        <p className="mt-1 text-small text-ink-quiet">{words.plug.meaning}</p>
        <button
          type="button"
          disabled={pulled || light !== 'online'}
          onClick={() => page.line.pull(plugMs)}
          className="plain-button mt-3"
        >
          <Unplug size={14} aria-hidden />
          {pulled ? words.plug.out : words.plug.pull}
        </button>
      </section>
    </div>
  );
}

/** Long enough to be seen, short enough to be waited for. */
const plugMs = 2_500;

function Checks() {
  const { line, base } = usePage();
  const [results, setResults] = useState<ReadonlyMap<CheckName, CheckResult>>(new Map());
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController>(undefined);
  const words = doctorTexts;

  const run = useCallback(async () => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setBusy(true);
    setResults(new Map());
    const openSocket = (url: string, protocol: string) => new WebSocket(url, protocol);
    await runChecks({ base, fetch: line.options.fetch, openSocket }, mine.signal, (result) =>
      setResults((before) => new Map(before).set(result.name, result)),
    );
    if (!mine.signal.aborted) setBusy(false);
  }, [base, line]);
  useEffect(() => {
    void run();
    return () => running.current?.abort();
  }, [run]);

  return (
    <section aria-label={words.checks} aria-busy={busy}>
      <div className="flex items-center justify-between">
        <h3 className="font-medium">{words.checks}</h3>
        <button type="button" className="plain-button" disabled={busy} onClick={run}>
          {busy ? words.checking : words.again}
        </button>
      </div>
      <ul className="mt-2">
        {checkNames.map((name) => (
          <Check key={name} name={name} result={results.get(name)} waiting={busy} />
        ))}
      </ul>
    </section>
  );
}

const icons = { good: CircleCheck, warn: CircleAlert, bad: CircleX };
const tones = { good: 'text-flow', warn: 'text-warn', bad: 'text-loss' };

function Check(props: {
  readonly name: CheckName;
  readonly result: CheckResult | undefined;
  readonly waiting: boolean;
}) {
  const { name, result } = props;
  const words = doctorTexts;
  const Icon = icons[result?.state ?? 'warn'];
  return (
    <li data-check={name} data-state={result?.state} className="flex gap-3 border-b border-stone-2 py-2.5">
      <span className="grid size-5 flex-none place-items-center">
        {result === undefined ? (
          <Sign flow={props.waiting ? 'moving' : 'flat'} size={16} />
        ) : (
          <Icon
            size={16}
            role="img"
            aria-label={words.states[result.state]}
            className={tones[result.state]}
          />
        )}
      </span>
      <span className="min-w-0">
        <span className="block">{words.names[name]}</span>
        {result !== undefined && <span className="block text-small text-ink-quiet">{result.says}</span>}
      </span>
    </li>
  );
}

function Fact(props: {
  readonly name: string;
  readonly value: string;
  readonly meaning?: string;
  readonly mono?: boolean;
}) {
  return (
    <div className="flex items-baseline justify-between gap-4 border-b border-stone-2 py-2">
      <dt className="flex-none text-ink-quiet" title={props.meaning}>
        {props.name}
      </dt>
      <dd
        className={`min-w-0 text-right wrap-anywhere tabular-nums ${props.mono ? 'font-mono text-meter' : ''}`}
      >
        {props.value}
      </dd>
    </div>
  );
}

function standing(line: ConnectionState, pulled: boolean): string {
  const words = doctorTexts;
  if (pulled) return words.plug.out;
  switch (line.state) {
    case 'connected':
      return line.leaving ? words.leaving : words.connected;
    case 'connecting':
      return words.connecting;
    case 'offline':
      return words.offline(line.failures);
    case 'closed':
      return words.closed;
  }
}

function lastLoss(history: readonly LineEvent[]): string {
  const words = doctorTexts;
  const loss = history.findLast((event) => event.type === 'lost');
  if (loss?.type !== 'lost') return words.neverLost;
  const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(loss.at);
  return `${time}: ${why(loss.code)}`;
}

function why(code: number): string {
  const { codes } = doctorTexts;
  if (code === pulledCode) return codes.pulled;
  return codes.known[code] ?? codes.other(code);
}
