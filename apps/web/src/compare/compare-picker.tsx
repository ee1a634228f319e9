import { Dialog } from '@base-ui/react/dialog';
import type { HeldConversation } from '@streambed/client/conversations';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { choicesOf, type ModelChoice } from '../models/choices.ts';
import { titleOf } from '../models/model-picker.tsx';
import { ModelRow } from '../models/model-row.tsx';
import type { ModelState } from '../models/model-store.ts';
import { compareAddress, goToAddress } from '../shell/address.ts';
import { keysText } from '../shell/mod-key.ts';
import { compareTexts } from '../texts/compare.ts';
import { Box } from '../ui/box.tsx';
import { PickList } from '../ui/pick-list.tsx';
import { backdropClass, popupClass } from '../ui/popup.ts';
import { mostCompared } from './columns-of.ts';
import { comparing, lastCompared, type PickingFor, picking } from './comparing.ts';

const words = compareTexts.pick;

/** Two to four models: for the next question, or beside an answer that is there. */
export default function ComparePicker(props: {
  readonly target: PickingFor;
  readonly conversation: HeldConversation;
  readonly models: ModelState;
  readonly model: string;
  readonly onDone: () => void;
}) {
  const { target, conversation, models, model, onDone } = props;
  const [chosen, setChosen] = useState(() => firstChoice(target, models, model));
  const done = useRef(false);
  const beside = target.type === 'answer' ? target.turn.model : undefined;
  const full = chosen.length >= mostCompared;
  const ready = chosen.length > 1;
  const items = useMemo(
    () =>
      choicesOf(models, '').map((choice) => {
        const selected = chosen.includes(choice.name);
        return { ...choice, selected, disabled: choice.disabled || (full && !selected) };
      }),
    [models, chosen, full],
  );
  const toggle = ({ name, selected }: ModelChoice) => {
    if (name === beside) return;
    setChosen(selected ? chosen.filter((one) => one !== name) : [...chosen, name]);
  };
  const close = () => picking.set(undefined);
  const confirm = () => {
    if (!ready) return;
    done.current = true;
    lastCompared.set(chosen);
    close();
    if (target.type === 'question') comparing.set(chosen);
    else {
      const { key } = target.turn;
      for (const name of chosen) if (name !== beside) conversation.askBeside(key, { model: name });
      goToAddress(compareAddress(conversation.id, key));
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    confirm();
  };

  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdropClass} />
        <Dialog.Popup
          onKeyDownCapture={onKeyDown}
          finalFocus={() => {
            if (done.current && target.type === 'question') setTimeout(onDone);
            return !done.current;
          }}
          className={`fixed top-[max(1rem,10dvh)] left-1/2 z-30 flex max-h-[min(34rem,80dvh)] w-[min(38rem,calc(100vw-1.5rem))] -translate-x-1/2 flex-col overflow-hidden ${popupClass}`}
        >
          <div className="flex-none px-3.5 pt-3 pb-1">
            <Dialog.Title className="font-semibold">
              {beside === undefined ? words.title : words.beside(titleOf(models, beside) ?? beside)}
            </Dialog.Title>
            <Dialog.Description className="text-small text-ink-quiet">
              {full ? words.full : beside === undefined ? words.hint : words.hintBeside}
            </Dialog.Description>
          </div>
          <PickList
            items={items}
            searchLabel={words.search}
            listLabel={words.list}
            empty={words.empty}
            multiple
            onPick={toggle}
          >
            {(choice) => (
              <span className="flex items-start gap-2.5">
                <span className="mt-0.5">
                  <Box chosen={choice.selected} />
                </span>
                <span className="min-w-0 grow">
                  <ModelRow choice={choice} mark={null} />
                </span>
              </span>
            )}
          </PickList>
          <div className="flex flex-none items-center gap-2 border-t border-stone-2 px-3.5 py-2.5">
            <p role="status" className="grow truncate text-small text-ink-quiet">
              <span className="font-mono tabular-nums">{words.count(chosen.length, mostCompared)}</span>
              <span className="max-sm:hidden">
                {' · '}
                {chosen.map((name) => titleOf(models, name) ?? name).join(', ')}
              </span>
            </p>
            <button type="button" onClick={close} className="quiet-button flex-none text-small">
              {words.cancel}
            </button>
            <button type="button" disabled={!ready} onClick={confirm} className="main-button flex-none">
              {words.confirm}
              <kbd
                aria-hidden
                className="font-mono text-[0.6875rem] opacity-80 pointer-coarse:hidden max-sm:hidden"
              >
                {keysText('mod Enter')}
              </kbd>
            </button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** What was compared last, with the model that would be asked; beside an answer, that answer's. */
function firstChoice(target: PickingFor, models: ModelState, model: string): readonly string[] {
  if (target.type === 'answer') return [target.turn.model];
  const before = comparing.get().length > 1 ? comparing.get() : [model, ...lastCompared.get()];
  const usable = new Set(choicesOf(models, '').flatMap(({ name, disabled }) => (disabled ? [] : [name])));
  return [...new Set(before)].filter((name) => usable.has(name)).slice(0, mostCompared);
}
