import type { ActivityList, ErrorInfo } from '@streambed/client';
import { useClient } from '@streambed/client/react';
import { useId, useState } from 'react';
import { titleOf } from '../models/model-picker.tsx';
import { factsOf, type ModelState } from '../models/model-store.ts';
import { activityTexts } from '../texts/activity.ts';
import { Sign } from '../ui/sign.tsx';
import { figuresOf } from './activity-figures.ts';
import { askToStop } from './ask-to-stop.ts';
import { Peek } from './peek.tsx';

type Item = ReturnType<ActivityList['get']>[number];

/** One generation: who asked what, how far it is, and a hairline that fills as its tokens come. */
export function ActivityRow(props: {
  readonly item: Item;
  readonly models: ModelState;
  readonly now: number;
  readonly onOpen: (conversation: string) => void;
}) {
  const { item, models, now } = props;
  const [open, setOpen] = useState(false);
  const peekId = useId();
  const stopping = useStop(item.generation);
  const { generation, model = '', state, conversation } = item;
  const title = titleOf(models, model) ?? model;
  const running = state === 'running';
  const figures = figuresOf(item, now, factsOf(models, model)?.prices);
  return (
    <li data-generation={generation} data-state={state} className="border-t border-stone-2 pt-3">
      <div className="activity-row">
        <div className="min-w-0">
          <p className="flex min-w-0 items-center gap-2">
            {running && <Sign flow={item.phase === 'waiting' ? 'moving' : 'steady'} size={16} />}
            <span className={`truncate ${running ? 'font-medium' : 'text-ink-quiet'}`} title={model}>
              {title}
            </span>
          </p>
          <p className="truncate text-small text-ink-quiet">
            <span className={state === 'failed' || state === 'interrupted' ? 'text-loss' : undefined}>
              {stateOf(item, stopping.asked)}
            </span>
            {callerOf(item)}
          </p>
        </div>
        {/* Figures that change four times a second are nothing to read aloud while they do. */}
        <p aria-hidden={running} className="activity-figures">
          {figures.map(({ name, value }) => (
            <span key={name} data-figure={name}>
              {value !== '' && <span className="sr-only">{activityTexts.columns[name]} </span>}
              {value}
            </span>
          ))}
        </p>
        <div className="activity-does">
          {conversation !== undefined && (
            <button
              type="button"
              aria-label={activityTexts.openNamed(title)}
              onClick={() => props.onOpen(conversation)}
              className="quiet-button text-small"
            >
              {activityTexts.open}
            </button>
          )}
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
                aria-label={activityTexts.stopNamed(title)}
                disabled={stopping.asked}
                onClick={stopping.ask}
                className="plain-button"
              >
                {activityTexts.stop}
              </button>
            </>
          )}
        </div>
      </div>
      {running && stopping.refused !== undefined && (
        <p role="alert" className="mt-2 border-l-2 border-warn pl-3 text-small text-warn">
          {whyNot(stopping.refused)}
        </p>
      )}
      {open && running && <Peek id={peekId} generation={generation} />}
      <div aria-hidden="true" className="mt-3 -mb-px h-px overflow-hidden">
        <div
          className={`h-px origin-left transition-[transform,opacity] duration-250 ease-linear ${running ? 'bg-flow' : 'opacity-0'}`}
          style={{ transform: `scaleX(${fill(item)})` }}
        />
      </div>
    </li>
  );
}

/** Asks it to stop, once at a time; what stops shows by itself, what doesn't says why. */
function useStop(generation: Item['generation']) {
  const client = useClient();
  const [asked, setAsked] = useState(false);
  const [refused, setRefused] = useState<ErrorInfo | 'offline'>();
  const ask = async () => {
    setRefused(undefined);
    setAsked(true);
    const why = await askToStop(client, generation);
    setRefused(why);
    if (why !== undefined) setAsked(false);
  };
  return { asked, refused, ask: () => void ask() };
}

function whyNot(refused: ErrorInfo | 'offline'): string {
  if (refused === 'offline') return activityTexts.notStopped.offline;
  return refused.code === 'SB_READ_ONLY' ? activityTexts.notStopped.readOnly : refused.message;
}

function stateOf({ state, phase, error }: Item, stopping: boolean): string {
  if (state !== 'running')
    return error === undefined ? activityTexts.states[state] : `${activityTexts.states[state]}: ${error}`;
  if (stopping) return activityTexts.stopping;
  return phase === undefined ? activityTexts.states.running : activityTexts.phases[phase];
}

function callerOf({ surface, key, attempts = 1 }: Item): string {
  const names = [surface === undefined ? undefined : (activityTexts.surfaces[surface] ?? surface)];
  if (key !== undefined) names.push(activityTexts.key(key));
  if (attempts > 1) names.push(activityTexts.attempts(attempts));
  return names
    .filter((name) => name !== undefined)
    .map((name) => ` · ${name}`)
    .join('');
}

/** Nobody knows how long an answer gets: the line fills ever slower, and is full at the end. */
function fill({ state, output_tokens: tokens = 0 }: Item): number {
  return state === 'running' ? 1 - Math.exp(-tokens / 500) : 1;
}
