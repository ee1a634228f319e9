import { FileText } from 'lucide-react';
import { bytes } from '../../attachments/bytes.ts';
import { isInlineImage } from '../../markdown/safe-link.ts';
import { texts } from '../../texts.ts';
import { asText, type Fields } from './block.tsx';
import { FoldOut } from './fold-out.tsx';
import { RawBlock } from './raw-block.tsx';

/** A picture that came with the message. One that stands elsewhere isn't loaded; what is known of it is shown. */
export function ImageBlock({ fields }: { readonly fields: Fields }) {
  const { type, media_type: mediaType, data } = Object(fields.source);
  const address = `data:${mediaType};base64,${data}`;
  if (type !== 'base64' || !isInlineImage(address)) return <RawBlock fields={fields} />;
  return (
    <img
      src={address}
      alt={asText(fields.title) || texts.blocks.image}
      className="my-2 max-h-80 max-w-full self-end rounded-xl border border-stone-2 object-contain"
    />
  );
}

/** A document by its name, kind and size; one that is text can be read. */
export function DocumentBlock({ fields }: { readonly fields: Fields }) {
  const { type, media_type: mediaType, data } = Object(fields.source);
  const text = type === 'text' ? asText(data) : undefined;
  const size = text?.length ?? Math.round(asText(data).length * 0.75);
  const kind = asText(mediaType).split('/').at(-1) ?? '';
  const name = asText(fields.title) || texts.blocks.document;
  const card = (
    <>
      <FileText size={15} aria-hidden className="flex-none text-ink-quiet" />
      <span className="min-w-0 truncate font-medium text-ink">{name}</span>
      <span className="flex-none text-ink-quiet">
        {[kind, size > 0 ? bytes(size) : ''].filter(Boolean).join(' · ')}
      </span>
    </>
  );
  const frame = 'max-w-full rounded-xl border border-stone-2 px-3';
  if (text === undefined)
    return <p className={`flex min-h-9 items-center gap-2 text-small ${frame}`}>{card}</p>;
  return (
    <FoldOut summary={card} className={`${frame} py-0.5`}>
      <p className="max-h-80 overflow-y-auto pb-2 wrap-anywhere whitespace-pre-wrap">{text}</p>
    </FoldOut>
  );
}
