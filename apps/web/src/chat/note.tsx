import { answerText, type ErrorInfo, type GenerationSnapshot, type Turn } from '@streambed/client';
import type { ReactNode } from 'react';
import { texts } from '../texts.ts';
import { useTurnActions } from './chat-context.ts';
import { remedyFor } from './remedies.ts';

const stopReasons: Readonly<Record<string, string>> = {
  max_tokens: texts.notes.maxTokens,
  model_context_window_exceeded: texts.notes.contextFull,
  refusal: texts.notes.refusal,
  guardrail_intervened: texts.notes.guardrail,
  content_filtered: texts.notes.guardrail,
};

/** What there is to say about how an answer ended, and the one button for it. A good end needs no words. */
export function Note({ turn, last }: { readonly turn: Turn; readonly last: boolean }) {
  const { answer } = turn;
  const written = answer.message.content.length > 0;
  switch (answer.phase) {
    case 'failed':
    case 'interrupted':
      return <Failure turn={turn} written={written} last={last} />;
    case 'cancelled':
      return (
        <Quiet text={written ? texts.notes.stopped : texts.notes.stoppedEmpty}>
          {last && <Next turn={turn} />}
        </Quiet>
      );
    case 'completed': {
      const reason = stopReason(answer) ?? '';
      const text = written ? stopReasons[reason] : texts.notes.empty;
      return text === undefined ? null : (
        <Quiet text={text}>{last && (!written || reason === 'max_tokens') && <Next turn={turn} />}</Quiet>
      );
    }
    default:
      return null;
  }
}

function stopReason(answer: GenerationSnapshot): string | null | undefined {
  return answer.stop?.stop_reason ?? answer.message.stop_reason;
}

/** Goes on where the answer broke off; with nothing to go on from, asks again. */
function Next({ turn }: { readonly turn: Turn }) {
  const { goOn, remedies } = useTurnActions();
  return goOn === undefined || answerText(turn.answer).trim() === '' ? (
    <ActionButton text={texts.actions.tryAgain} onClick={remedies.tryAgain} />
  ) : (
    <ActionButton text={texts.actions.goOn} onClick={() => goOn(turn)} />
  );
}

function Quiet({ text, children }: { readonly text: string; readonly children: ReactNode }) {
  return (
    <p className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1 text-small text-ink-quiet">
      {text}
      {children}
    </p>
  );
}

function Failure(props: { readonly turn: Turn; readonly written: boolean; readonly last: boolean }) {
  const { turn, written, last } = props;
  const { remedies } = useTurnActions();
  const { phase, stop } = turn.answer;
  const error = stop?.error;
  const remedy = remedyFor(error?.code, turn.model, remedies.model);
  const interrupted = phase === 'interrupted';
  const edge = interrupted ? 'border-warn' : 'border-loss';
  const tone = interrupted ? 'text-warn' : 'text-loss';
  return (
    <div role="alert" data-code={error?.code} className={`mt-4 border-l-2 py-0.5 pl-4 ${edge}`}>
      <p className={`text-small font-medium ${tone}`}>
        {texts.phase[interrupted ? 'interrupted' : 'failed']}
      </p>
      <p className="text-[0.9375rem]/6">
        <WithLinks text={error?.message ?? texts.notes.failed} />
      </p>
      {keptIsNews(error) && (
        <p className="text-small text-ink-quiet">{written ? texts.notes.kept : texts.notes.nothingKept}</p>
      )}
      <p className="mt-2.5 flex flex-wrap items-center gap-3">
        {last && written && remedy === 'tryAgain' && <Next turn={turn} />}
        {last && (!written || remedy !== 'tryAgain') && (
          <ActionButton text={texts.actions[remedy]} onClick={remedies[remedy]} />
        )}
        <span className="font-mono text-meter text-ink-quiet">
          {[error?.code, error?.request_id ?? error?.upstream?.request_id].filter(Boolean).join(' · ')}
        </span>
      </p>
    </div>
  );
}

/** Where an error names the page that mends it, that page is one click away. */
function WithLinks({ text }: { readonly text: string }) {
  return text.split(/(https:\/\/[^\s)]+)/).map((part) =>
    part.startsWith('https://') ? (
      <a
        key={part}
        href={part}
        target="_blank"
        rel="noopener noreferrer"
        className="text-flow underline wrap-anywhere"
      >
        {part}
      </a>
    ) : (
      part
    ),
  );
}

/** Many of the server's sentences say themselves what was kept. */
function keptIsNews(error: ErrorInfo | undefined): boolean {
  return error === undefined || !/\bkept\b|nothing was sent/i.test(error.message);
}

function ActionButton({ text, onClick }: { readonly text: string; readonly onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="min-h-8 rounded-lg border border-stone-3 bg-raised px-3 text-small font-medium text-ink transition-colors duration-120 hover:border-stone-4"
    >
      {text}
    </button>
  );
}
