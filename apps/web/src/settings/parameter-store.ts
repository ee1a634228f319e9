import { createStore, isEnded, type Readable, type Store } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { createKept, fieldsOf } from '../kept.ts';
import { fromSettings } from './from-settings.ts';
import type { ParameterName, Parameters } from './parameters.ts';
import { readParameters, sameParameters } from './read-parameters.ts';

/** What was set here and not asked with yet, by conversation; the one that is new has no name. The oldest go first. */
const changed = createKept<Readonly<Record<string, Parameters>>>('streambed.parameters', (kept) =>
  Object.fromEntries(
    Object.entries(fieldsOf(kept)).flatMap(([id, one]) =>
      typeof one === 'object' ? [[id, readParameters(one)] as const] : [],
    ),
  ),
);
const maxChanged = 50;

const shown = createStore<Parameters>({});
/** The conversation that is shown, and what its last answer was asked with. */
let name = '';
let held: Parameters = {};

/**
 * What holds for the next question of the conversation that is shown: what was set here, else what its last answer was
 * asked with. So it is the same on every device, and whoever goes on with what a program began goes on as it did.
 */
export const parameters: Store<Parameters> = {
  ...shown,
  set: (value) => {
    keepChanged(name, sameParameters(value, held) ? undefined : value);
    shown.set(value);
  },
};

/** Sets one parameter; `undefined` leaves it to the model again. */
export function setParameter<Name extends ParameterName>(
  parameter: Name,
  value: Parameters[Name] | undefined,
): void {
  const { [parameter]: _, ...rest } = parameters.get();
  parameters.set(value === undefined || value === '' ? rest : { ...rest, [parameter]: value });
}

/** Forgets what was set in a conversation that is gone. */
export function forgetParameters(id: string): void {
  if (id in changed.get()) keepChanged(id, undefined);
}

/** From now on {@link parameters} are those of the conversation that is shown. */
export function followParameters(chats: Readable<{ readonly conversation: HeldConversation }>): void {
  let followed: HeldConversation | undefined;
  let stop = () => {};
  let seen: { readonly key?: string | undefined; readonly settings?: object | undefined } = {};

  const show = () => {
    const next = changed.get()[name] ?? held;
    if (!sameParameters(next, shown.get())) shown.set(next);
  };
  const look = () => {
    if (followed === undefined) return;
    const { turns, phase } = followed.get();
    // What goes on with an answer is asked with what that was.
    const last = turns.findLast(
      ({ continues, settings }) => continues === undefined || settings !== undefined,
    );
    const named = last === undefined && phase === 'new' ? '' : followed.id;
    if (last?.key === seen.key && last?.settings === seen.settings && named === name) return;
    held = fromSettings(last?.settings);
    // It got its name with its first question.
    const own = changed.get()[name];
    if (named !== name && own !== undefined) {
      keepChanged(name, undefined);
      keepChanged(named, own);
    }
    name = named;
    if (last !== undefined && last.key !== seen.key && !isEnded(last.answer.phase)) keepWhatWasNotAsked();
    seen = { key: last?.key, settings: last?.settings };
    show();
  };
  const follow = () => {
    const { conversation } = chats.get();
    if (conversation === followed) return;
    stop();
    followed = conversation;
    const { turns, phase } = conversation.get();
    name = turns.length === 0 && phase === 'new' ? '' : conversation.id;
    held = {};
    // What runs already was asked before anything was set here.
    seen = { key: turns.at(-1)?.key };
    stop = conversation.subscribe(look);
    look();
    show();
  };
  chats.subscribe(follow);
  changed.subscribe(show);
  follow();
}

/** What was just asked holds; what was set and its model doesn't take waits for one that does. */
function keepWhatWasNotAsked(): void {
  const own = changed.get()[name];
  if (own === undefined) return;
  const says = Object.entries(held).every(([field, value]) => own[field as ParameterName] === value);
  if (!says || sameParameters(own, held)) keepChanged(name, undefined);
}

function keepChanged(id: string, value: Parameters | undefined): void {
  const { [id]: _, ...others } = changed.get();
  const all = Object.entries(value === undefined ? others : { ...others, [id]: value });
  changed.set(Object.fromEntries(all.slice(-maxChanged)));
}
