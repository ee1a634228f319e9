import { answersTools } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { useConversation, useReadable } from '@streambed/client/react';
import { ArrowUp, Square } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, type RefObject, useEffect, useLayoutEffect } from 'react';
import { AttachmentTray } from '../attachments/attachment-tray.tsx';
import { RunningState } from '../chat/state-line.tsx';
import { ComparedModels } from '../compare/compared-models.tsx';
import { showBeside, useAsked } from '../compare/use-asked.ts';
import { ModelPicker } from '../models/model-picker.tsx';
import type { ModelState } from '../models/model-store.ts';
import { prefer, preferences } from '../preferences.ts';
import { ParametersButton } from '../settings/parameters-button.tsx';
import { texts } from '../texts.ts';
import { RoundButton } from '../ui/round-button.tsx';
import type { Asking } from './asking.ts';
import { AttachButton } from './attach-button.tsx';
import { EditingBar } from './editing-bar.tsx';
import { KeyHint } from './key-hint.tsx';
import { Queue } from './queue.tsx';
import { StreamSwitch } from './stream-switch.tsx';
import { useEarlySend } from './use-early-send.ts';
import { useFileDrop } from './use-file-drop.ts';
import { useQuestions } from './use-questions.ts';

/** Where one asks. Enter sends, Shift+Enter starts a new line, Esc stops, `/` comes here, ↑ edits the last message. */
export function Composer(props: {
  readonly conversation: HeldConversation;
  readonly asking: Asking;
  readonly models: ModelState;
  readonly model: string;
  readonly boxRef: RefObject<HTMLTextAreaElement | null>;
  readonly pickerRef: RefObject<HTMLButtonElement | null>;
}) {
  const { conversation, asking, models, model, boxRef } = props;
  const { draft, editing, attachments } = useReadable(asking);
  const running = useConversation(conversation, (state) => state.running);
  const sendKey = useReadable(preferences, (chosen) => chosen.sendKey);
  const open = useConversation(conversation, ({ phase }) => phase === 'new' || phase === 'kept');
  const names = useAsked(models, model);
  const drafted = useQuestions(asking, models, names);
  const several = names.length > 1;
  const ready = open && drafted.length > 0 && !(several && running);
  const dropping = useFileDrop(asking.attach);
  const send = () => {
    const [question] = drafted;
    if (!ready || question === undefined) return;
    if (!several) asking.ask(question);
    else if (asking.compare(drafted)) showBeside(conversation);
  };
  const sendEarly = useEarlySend(draft, ready, send);
  const submit = () => (model !== '' && open ? send() : sendEarly());

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes a word, the keys belong to it.
    if (event.nativeEvent.isComposing) return;
    const mod = event.ctrlKey || event.metaKey;
    if (event.key === 'Enter' && (sendKey === 'enter' ? !event.shiftKey : mod)) submit();
    else if (event.key === 'Escape' && editing !== undefined) asking.stopEditing();
    else if (event.key === 'ArrowUp' && draft === '' && attachments.length === 0)
      editLast(conversation, asking);
    else return;
    event.preventDefault();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    // Office programs put a picture of the text beside it: the text is what was meant.
    if (files.length === 0 || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    asking.attach(files);
  };
  useFocusAtStart(boxRef, asking);
  useGrowing(boxRef, draft);

  return (
    <form
      className={`group/composer relative rounded-2xl border bg-raised transition-colors duration-140 focus-within:border-stone-4 ${
        editing === undefined ? 'border-stone-3' : 'border-flow'
      }`}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Queue asking={asking} />
      {editing !== undefined && <EditingBar onCancel={asking.stopEditing} />}
      <AttachmentTray asking={asking} models={models} names={names} />
      <textarea
        ref={boxRef}
        rows={1}
        value={draft}
        aria-label={texts.composer.label}
        aria-description={texts.composer.keysMeaning}
        placeholder={texts.composer.placeholder}
        enterKeyHint={sendKey === 'enter' ? 'send' : 'enter'}
        className="block field-sizing-content max-h-[40dvh] w-full resize-none bg-transparent px-4 pt-3 pb-1 text-body outline-none placeholder:text-ink-quiet"
        onChange={(event) => asking.write(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <div className="flex items-center gap-0.5 p-2 sm:gap-1">
        <AttachButton onFiles={asking.attach} />
        {several ? (
          <ComparedModels models={models} names={names} triggerRef={props.pickerRef} />
        ) : (
          <ModelPicker
            models={models}
            name={model}
            onChange={(name) => prefer({ model: name })}
            triggerRef={props.pickerRef}
          />
        )}
        <ParametersButton models={models} model={model} />
        <StreamSwitch />
        <span className="grow" />
        <RunningState conversation={conversation} />
        <KeyHint running={running} ready={ready} empty={draft === ''} />
        {running && (
          <RoundButton name={texts.composer.stop} onClick={conversation.stop} tone="ink">
            <Square size={12} fill="currentColor" aria-hidden />
          </RoundButton>
        )}
        {(!running || ready) && (
          <RoundButton name={sendName(running, editing !== undefined)} disabled={!ready} tone="flow">
            <ArrowUp size={18} aria-hidden />
          </RoundButton>
        )}
      </div>
      {dropping && (
        <p className="absolute inset-0 grid place-items-center rounded-2xl border-2 border-dashed border-flow bg-raised text-flow">
          {texts.composer.drop}
        </p>
      )}
    </form>
  );
}

function sendName(running: boolean, editing: boolean): string {
  if (running) return texts.composer.queue;
  return editing ? texts.composer.save : texts.composer.send;
}

/** What was said last: a message that still waits, or the last turn's. */
export function editLast(conversation: HeldConversation, asking: Asking): void {
  const waiting = asking.get().queue.at(-1);
  const { running, turns } = conversation.get();
  const last = turns.at(-1);
  if (waiting !== undefined) asking.editQueued(waiting.key);
  else if (!running && last !== undefined && !answersTools(last)) asking.edit(last);
}

/** Ready to type. Not on a touch screen, where it would raise the keyboard over the page. */
function useFocusAtStart(boxRef: RefObject<HTMLTextAreaElement | null>, asking: Asking): void {
  const editing = useReadable(asking, (state) => state.editing);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again in another conversation, and where an edit begins.
  useEffect(() => {
    if (editing !== undefined || window.matchMedia('(pointer: fine)').matches) boxRef.current?.focus();
  }, [boxRef, asking, editing]);
}

/** The box grows with its text, up to its style's `max-height`; where the browser doesn't do it by itself. */
function useGrowing(boxRef: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height depends on the text through the element.
  useLayoutEffect(() => {
    const box = boxRef.current;
    if (box?.form == null || CSS.supports('field-sizing', 'content')) return;
    // While it is measured it is small: the form holds its place, or the conversation above would move.
    box.form.style.height = `${box.form.offsetHeight}px`;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
    box.form.style.height = '';
  }, [boxRef, text]);
}
