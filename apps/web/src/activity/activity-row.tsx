import type { ActivityList } from '@streambed/client';
import { useClient } from '@streambed/client/react';
import { useId, useState } from 'react';
import { duration, money, wholeNumber } from '../chat/read-meters.ts';
import { activityTexts } from '../texts/activity.ts';
import { texts } from '../texts.ts';
import { Sign } from '../ui/sign.tsx';
import { Peek } from './peek.tsx';

type Item = ReturnType<ActivityList['get']>[number];

/** One generation: who asked what, how far it is, and a hairline that fills as its tokens come. */
export function ActivityRow({ item, now }: { readonly item: Item; readonly now: number }) {
  const client = useClient();
  const [stopping, setStopping] = useState(false);
  const [open, setOpen] = useState(false);
  const peekId = useId();
  const { generation, model = '', state } = item;
  const running = state === 'running';
  const stop = () => {
    setStopping(client.connection.send({ type: 'cancel', generation }) === 'sent');
  };
  return (
    <li data-generation={generation} data-state={state} className="pt-3">
      <div className="flex min-h-8 items-center gap-2">
        {running && <Sign flow={item.phase === 'waiting' ? 'moving' : 'steady'} size={16} />}
        <span className={`min-w-0 grow truncate ${running ? 'font-medium' : 'text-ink-quiet'}`} title={model}>
          {model}
        </span>
        {running && (
          <>
            <button
              type="button"
              aria-expanded={open}
              aria-controls={open ? peekId : undefined}
              onClick={() => setOpen(!open)}
              className="quiet-button text-small"
            >
              {open ? activityTexts.hide : activityTexts.look}
            </button>
            <button
              type="button"
              aria-label={activityTexts.stopNamed(model)}
              disabled={stopping}
              onClick={stop}
              className="plain-button"
            >
              {activityTexts.stop}
            </button>
          </>
        )}
      </div>
      <p className="truncate text-small text-ink-quiet">
        <span className={state === 'failed' || state === 'interrupted' ? 'text-loss' : undefined}>
          {stateOf(item, stopping)}
        </span>
        {callerOf(item)}
      </p>
      {/* Figures that change four times a second are nothing to read aloud while they do. */}
      <p aria-hidden={running} className="meters mt-1 min-h-5">
        {metersOf(item, now).map((value, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: each figure has its place.
          <span key={place}>{value}</span>
        ))}
      </p>
      {open && running && <Peek id={peekId} generation={generation} />}
      <div aria-hidden="true" className="mt-2 h-px overflow-hidden bg-stone-2">
        <div
          className={`h-px origin-left transition-transform duration-250 ease-linear ${running ? 'bg-flow' : 'bg-stone-3'}`}
          style={{ transform: `scaleX(${fill(item)})` }}
        />
      </div>
    </li>
  );
}

function stateOf({ state, phase, error }: Item, stopping: boolean): string {
  if (state !== 'running')
    return error === undefined ? activityTexts.states[state] : `${activityTexts.states[state]}: ${error}`;
  if (stopping) return activityTexts.stopping;
  return phase === undefined ? activityTexts.states.running : activityTexts.phases[phase];
}

function callerOf({ surface, key }: Item): string {
  const names = [surface === undefined ? undefined : (activityTexts.surfaces[surface] ?? surface)];
  if (key !== undefined) names.push(activityTexts.key(key));
  return names
    .filter((name) => name !== undefined)
    .map((name) => ` · ${name}`)
    .join('');
}

function metersOf(item: Item, now: number): readonly string[] {
  const { started_at: from, ended_at: to, input_tokens: input, output_tokens: output = 0, cost } = item;
  const values: string[] = [];
  if (from !== undefined) {
    const seconds = Math.max(0, (to ?? now) - from);
    values.push(to === undefined ? `${Math.floor(seconds)} s` : duration(seconds * 1_000));
  }
  if (output > 0) {
    const written = item.state === 'completed' ? wholeNumber(output) : `≈ ${wholeNumber(output)}`;
    values.push(input === undefined ? texts.meters.written(written) : `${wholeNumber(input)} → ${written}`);
  }
  if (cost !== undefined && cost.status !== 'unknown') {
    const amount = money(cost.usd);
    values.push(cost.status === 'exact' || amount.startsWith('<') ? amount : `≈ ${amount}`);
  }
  if ((item.attempts ?? 1) > 1) values.push(activityTexts.attempts(item.attempts ?? 1));
  return values;
}

/** Nobody knows how long an answer gets: the line fills ever slower, and is full at the end. */
function fill({ state, output_tokens: tokens = 0 }: Item): number {
  return state === 'completed' ? 1 : 1 - Math.exp(-tokens / 500);
}
