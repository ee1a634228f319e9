import { useReadable } from '@streambed/client/react';
import { FileText, TriangleAlert, X } from 'lucide-react';
import type { Asking, Attachment } from '../asking/asking.ts';
import { factsOf, type ModelState } from '../models/model-store.ts';
import { texts } from '../texts.ts';
import { Sign } from '../ui/sign.tsx';
import { bytes } from './bytes.ts';
import { refusals } from './refusals.ts';

/** The files that go with the next question, each with what is to be seen of it, and why one can't go. */
export function AttachmentTray(props: {
  readonly asking: Asking;
  readonly models: ModelState;
  /** Where they go. */
  readonly names: readonly string[];
}) {
  const { asking, models, names } = props;
  const attachments = useReadable(asking, (state) => state.attachments);
  if (attachments.length === 0) return null;
  const refused = new Map(names.flatMap((name) => [...refusals(attachments, factsOf(models, name))]));
  return (
    <ul aria-label={texts.attachments.label} className="flex flex-wrap gap-2 px-3 pt-3">
      {attachments.map((one) => (
        <Chip
          key={one.key}
          attachment={one}
          refused={refused.get(one.key)}
          onRemove={() => asking.detach(one.key)}
        />
      ))}
    </ul>
  );
}

function Chip(props: {
  readonly attachment: Attachment;
  readonly refused: string | undefined;
  readonly onRemove: () => void;
}) {
  const { attachment, refused, onRemove } = props;
  const name = attachment.name || texts.attachments.pasted;
  const ready = attachment.state === 'ready' ? attachment : undefined;
  return (
    <li
      title={ready?.kind === 'document' ? ready.preview : undefined}
      data-attachment={refused === undefined ? attachment.state : 'refused'}
      className={`flex max-w-full items-center gap-2.5 rounded-xl border p-1.5 pr-1 ${
        refused === undefined ? 'max-w-64 border-stone-3' : 'basis-full border-warn'
      }`}
    >
      <Preview attachment={attachment} refused={refused !== undefined} />
      <span className="min-w-0 grow">
        <span className="block truncate text-small">{name}</span>
        {refused !== undefined ? (
          <span role="alert" className="block text-meter text-warn">
            {refused}
          </span>
        ) : (
          <span className="block text-meter text-ink-quiet">
            {ready === undefined ? texts.attachments.reading : (ready.note ?? bytes(ready.bytes))}
          </span>
        )}
      </span>
      <button
        type="button"
        aria-label={texts.attachments.remove(name)}
        onClick={onRemove}
        className="quiet-button min-h-7 min-w-7 flex-none px-0"
      >
        <X size={14} aria-hidden />
      </button>
    </li>
  );
}

function Preview({ attachment, refused }: { readonly attachment: Attachment; readonly refused: boolean }) {
  if (attachment.state === 'ready' && attachment.kind === 'image' && attachment.preview !== undefined) {
    return <img src={attachment.preview} alt="" className="size-10 flex-none rounded-lg object-cover" />;
  }
  return (
    <span className="grid size-10 flex-none place-items-center rounded-lg bg-stone-1 text-ink-quiet">
      {refused ? (
        <TriangleAlert size={18} aria-hidden className="text-warn" />
      ) : attachment.state === 'reading' ? (
        <Sign flow="moving" size={18} />
      ) : (
        <FileText size={18} aria-hidden />
      )}
    </span>
  );
}
