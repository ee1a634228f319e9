import { useReadable } from '@streambed/client/react';
import { CornerDownRight, Pencil, X } from 'lucide-react';
import { texts } from '../texts.ts';
import { IconButton } from '../ui/icon-button.tsx';
import type { Asking } from './asking.ts';

/** The messages that wait for the answer before them: each can be changed or taken out. */
export function Queue({ asking }: { readonly asking: Asking }) {
  const { queue, held } = useReadable(asking);
  if (queue.length === 0) return null;
  return (
    <section aria-label={texts.queue.label} className="border-b border-stone-2 py-1.5 pr-2 pl-4">
      {held && (
        <p role="status" className="flex items-center gap-3 py-1 text-small text-warn">
          <span className="grow">{texts.queue.held}</span>
          <button
            type="button"
            onClick={asking.release}
            className="quiet-button flex-none border border-stone-3 text-small text-ink"
          >
            {texts.queue.release}
          </button>
        </p>
      )}
      <ol>
        {queue.map(({ key, question }) => {
          const files = question.attachments?.length ?? 0;
          return (
            <li key={key} className="flex items-center gap-2 text-small">
              <CornerDownRight size={14} aria-hidden className="flex-none text-flow" />
              <span className="min-w-0 grow truncate">
                {question.prompt}
                {files > 0 && <span className="text-ink-quiet"> · {texts.queue.files(files)}</span>}
              </span>
              <IconButton name={texts.queue.edit} onClick={() => asking.editQueued(key)}>
                <Pencil size={14} aria-hidden />
              </IconButton>
              <IconButton name={texts.queue.remove} onClick={() => asking.removeQueued(key)}>
                <X size={14} aria-hidden />
              </IconButton>
            </li>
          );
        })}
      </ol>
      <p className="sr-only" aria-live="polite">
        {texts.queue.waiting(queue.length)}
      </p>
    </section>
  );
}
