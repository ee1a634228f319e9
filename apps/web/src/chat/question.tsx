import { answersTools, type Turn } from '@streambed/client';
import { Pencil } from 'lucide-react';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import { texts } from '../texts.ts';
import { CopyIconButton } from '../ui/copy-icon-button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Block } from './blocks/block.tsx';
import { useTurnActions } from './chat-context.ts';
import { VersionWalk } from './version-walk.tsx';

/** What was asked: a quiet block at the right, with what came along above it. */
export const QuestionView = memo(
  function QuestionView({ turn }: { readonly turn: Turn }) {
    const { edit } = useTurnActions();
    const { prompt, questions } = turn;
    return (
      <article aria-label={texts.conversation.you} className="group/question flex flex-col items-end">
        <QuestionBody turn={turn} />
        <div className="reveal mt-0.5 -mr-1.5 flex items-center">
          <VersionWalk versions={questions} label={texts.versions.question} />
          {prompt !== '' && <CopyIconButton name={texts.actions.copyQuestion} text={() => prompt} />}
          {!answersTools(turn) && (
            <IconButton name={texts.actions.edit} onClick={() => edit(turn)}>
              <Pencil size={14} aria-hidden />
            </IconButton>
          )}
        </div>
      </article>
    );
  },
  // Its answer grows with every token; what was asked stays.
  (before, after) =>
    before.turn.key === after.turn.key &&
    before.turn.prompt === after.turn.prompt &&
    before.turn.questions.keys.length === after.turn.questions.keys.length,
);

/** What was said, and what came along above it. */
export function QuestionBody({ turn: { prompt, attachments = [] } }: { readonly turn: Turn }) {
  return (
    <>
      {attachments.length > 0 && (
        <div className="mb-1.5 flex max-w-[85%] flex-wrap justify-end gap-1.5">
          {attachments.map((block, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what was sent doesn't change.
            <Block key={place} block={block} live={false} />
          ))}
        </div>
      )}
      {prompt !== '' && <Prompt text={prompt} />}
    </>
  );
}

/** A long one is folded: the answer is what one came for. */
function Prompt({ text }: { readonly text: string }) {
  const ref = useRef<HTMLParagraphElement>(null);
  const [long, setLong] = useState(false);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    const box = ref.current;
    if (box !== null) setLong(box.scrollHeight > box.clientHeight + 4);
  }, []);
  return (
    <div className="max-w-[85%] rounded-2xl bg-stone-1 px-4 py-2.5">
      <p ref={ref} className={`text-body wrap-anywhere whitespace-pre-wrap ${open ? '' : 'line-clamp-12'}`}>
        {text}
      </p>
      {long && (
        <button
          type="button"
          aria-expanded={open}
          className="quiet-button -ml-2 text-small"
          onClick={() => setOpen(!open)}
        >
          {open ? texts.conversation.less : texts.conversation.more}
        </button>
      )}
    </div>
  );
}
