import type { Conversation } from '@streambed/client';
import { useConversation, useReadable } from '@streambed/client/react';
import { ArrowUp, Square } from 'lucide-react';
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useState,
} from 'react';
import { RunningState } from '../chat/state-line.tsx';
import { ModelPicker } from '../models/model-picker.tsx';
import type { ModelState } from '../models/model-store.ts';
import { prefer, preferences } from '../preferences.ts';
import { texts } from '../texts.ts';
import { StreamSwitch } from './stream-switch.tsx';

/** Where one asks. Enter sends, Shift+Enter starts a new line, Esc stops, `/` comes here from anywhere. */
export function Composer(props: {
  readonly conversation: Conversation;
  readonly models: ModelState;
  readonly model: string;
  readonly boxRef: RefObject<HTMLTextAreaElement | null>;
  readonly pickerRef: RefObject<HTMLButtonElement | null>;
}) {
  const { conversation, models, model, boxRef } = props;
  const [draft, setDraft] = useState('');
  const running = useConversation(conversation, (state) => state.running);
  const stream = useReadable(preferences, (chosen) => chosen.stream);
  const ready = draft.trim() !== '' && model !== '';

  const send = () => {
    if (conversation.ask({ prompt: draft.trim(), model, stream })) setDraft('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes a word, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (ready) send();
  };
  useKeys(conversation, boxRef);
  useFocusAtStart(boxRef);
  useGrowing(boxRef, draft);

  return (
    <form
      className="group/composer rounded-2xl border border-stone-3 bg-raised transition-colors duration-140 focus-within:border-stone-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) send();
      }}
    >
      <textarea
        ref={boxRef}
        rows={1}
        value={draft}
        aria-label={texts.composer.label}
        aria-description={texts.composer.keysMeaning}
        placeholder={texts.composer.placeholder}
        enterKeyHint="send"
        className="block max-h-[40dvh] w-full resize-none bg-transparent px-4 pt-3 pb-1 text-body outline-none placeholder:text-ink-quiet"
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="flex items-center gap-1 p-2">
        <ModelPicker
          models={models.models}
          loaded={models.loaded}
          name={model}
          onChange={(name) => prefer({ model: name })}
          triggerRef={props.pickerRef}
        />
        <StreamSwitch />
        <span className="grow" />
        <RunningState conversation={conversation} />
        <KeyHint running={running} ready={ready} empty={draft === ''} />
        {running ? (
          <RoundButton name={texts.composer.stop} onClick={conversation.stop} tone="ink">
            <Square size={12} fill="currentColor" aria-hidden />
          </RoundButton>
        ) : (
          <RoundButton name={texts.composer.send} disabled={!ready} tone="flow">
            <ArrowUp size={18} aria-hidden />
          </RoundButton>
        )}
      </div>
    </form>
  );
}

function RoundButton(props: {
  readonly name: string;
  readonly tone: 'flow' | 'ink';
  readonly disabled?: boolean;
  readonly onClick?: () => void;
  readonly children: ReactNode;
}) {
  const tone = props.tone === 'flow' ? 'bg-flow text-flow-ink' : 'bg-ink text-ground';
  return (
    <button
      type={props.onClick === undefined ? 'submit' : 'button'}
      aria-label={props.name}
      disabled={props.disabled}
      onClick={props.onClick}
      className={`grid size-8 flex-none place-items-center rounded-lg transition-[background-color,opacity] duration-120 hover:opacity-90 disabled:bg-stone-2 disabled:text-stone-5 disabled:opacity-100 ${tone}`}
    >
      {props.children}
    </button>
  );
}

/** The one key that does something now. */
function KeyHint({
  running,
  ready,
  empty,
}: {
  readonly running: boolean;
  readonly ready: boolean;
  readonly empty: boolean;
}) {
  const { keys } = texts.composer;
  const key = running ? keys.stop : ready ? keys.send : empty ? keys.focus : undefined;
  const away = key === keys.focus ? 'group-focus-within/composer:hidden' : '';
  return key === undefined ? null : (
    <span aria-hidden="true" className={`mr-1.5 text-ink-quiet pointer-coarse:hidden max-sm:hidden ${away}`}>
      <kbd className="font-mono text-[0.6875rem]">{key}</kbd>
    </span>
  );
}

function useKeys(conversation: Conversation, boxRef: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey)
        return;
      if (event.key === 'Escape') conversation.stop();
      if (event.key === '/' && !isEditable(event.target)) {
        event.preventDefault();
        boxRef.current?.focus();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [conversation, boxRef]);
}

/** Ready to type. Not on a touch screen, where it would raise the keyboard over the page. */
function useFocusAtStart(boxRef: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    if (window.matchMedia('(pointer: fine)').matches) boxRef.current?.focus();
  }, [boxRef]);
}

function isEditable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
  );
}

/** The box grows with its text, up to its style's `max-height`. */
function useGrowing(boxRef: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height depends on the text through the element.
  useLayoutEffect(() => {
    const box = boxRef.current;
    if (box === null) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }, [boxRef, text]);
}
