import type { Turn } from '@streambed/client';
import { useReadable } from '@streambed/client/react';
import { Wrench } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { factsOf } from '../models/model-store.ts';
import { preferences } from '../preferences.ts';
import { overInherited } from '../settings/over-inherited.ts';
import { parameters } from '../settings/parameter-store.ts';
import { toSettings } from '../settings/parameters.ts';
import { usePage } from '../shell/page-context.ts';
import { toolAnswerTexts as words } from '../texts/tool-answers.ts';
import { Box } from '../ui/box.tsx';
import { useTurnActions } from './chat-context.ts';
import type { OpenCall } from './open-calls.ts';

interface Result {
  readonly text: string;
  readonly failed: boolean;
}

const none: Result = { text: '', failed: false };

/** Where a person gives what the tools came to that the model called; with that it goes on. */
export default function ToolAnswers({
  turn,
  calls,
}: {
  readonly turn: Turn;
  readonly calls: readonly OpenCall[];
}) {
  const { conversation } = useTurnActions();
  const models = useReadable(usePage().models);
  const [results, setResults] = useState<Readonly<Record<string, Result>>>({});
  const ready = calls.every(({ id }) => (results[id] ?? none).text.trim() !== '');
  const set = (id: string, change: Partial<Result>) =>
    setResults((before) => ({ ...before, [id]: { ...none, ...before[id], ...change } }));
  const send = () => {
    if (!ready) return;
    const { model } = turn;
    const settings = overInherited(toSettings(parameters.get(), factsOf(models, model)), model, turn);
    const attachments = calls.map(({ id }) => {
      const { text, failed } = results[id] ?? none;
      return { type: 'tool_result', tool_use_id: id, content: text, ...(failed && { is_error: true }) };
    });
    const { stream } = preferences.get();
    conversation.ask({ prompt: '', model, stream, attachments, ...(settings !== undefined && { settings }) });
  };
  return (
    <form
      aria-label={words.label}
      className="mt-4 rounded-2xl border border-stone-3 bg-raised px-4 pt-3 pb-3.5"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <p className="text-small text-ink-quiet">{words.what(calls.length)}</p>
      {calls.map((call) => (
        <ResultField
          key={call.id}
          call={call}
          result={results[call.id] ?? none}
          onChange={(change) => set(call.id, change)}
          onSend={send}
        />
      ))}
      <button type="submit" disabled={!ready} className="main-button mt-3">
        {words.send(calls.length)}
      </button>
    </form>
  );
}

function ResultField(props: {
  readonly call: OpenCall;
  readonly result: Result;
  readonly onChange: (change: Partial<Result>) => void;
  readonly onSend: () => void;
}) {
  const { call, result, onChange } = props;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    props.onSend();
  };
  return (
    <div className="mt-3">
      <div className="mb-1.5 flex items-center gap-2 text-small">
        <Wrench size={14} aria-hidden className="flex-none text-ink-quiet" />
        <span className="min-w-0 grow truncate font-mono">{call.name}</span>
        <label className="relative flex min-h-6 flex-none items-center gap-1.5 text-ink-quiet">
          <input
            type="checkbox"
            checked={result.failed}
            onChange={({ target }) => onChange({ failed: target.checked })}
            className="peer sr-only"
          />
          <Box chosen={result.failed} />
          {words.failed}
        </label>
      </div>
      <textarea
        rows={3}
        spellCheck={false}
        aria-label={words.result(call.name)}
        placeholder={words.placeholder}
        value={result.text}
        onChange={({ target }) => onChange({ text: target.value })}
        onKeyDown={onKeyDown}
        className="field max-h-80 field-sizing-content resize-y font-mono text-[0.8125rem]/5 placeholder:text-ink-quiet max-sm:text-body"
      />
      {looksLikeJson(result.text) && !isJson(result.text) && (
        <p role="status" className="mt-1 text-small text-warn">
          {words.noJson}
        </p>
      )}
    </div>
  );
}

function looksLikeJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
