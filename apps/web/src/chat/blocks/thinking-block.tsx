import { ChevronRight } from 'lucide-react';
import { texts } from '../../texts.ts';

/** What the model thought, folded: it is there for who wants it. */
export function ThinkingBlock({ text, live }: { readonly text: string; readonly live: boolean }) {
  return (
    <details className="group mb-4 text-small text-ink-quiet">
      <summary className="flex w-fit list-none items-center gap-1 rounded-sm hover:text-ink [&::-webkit-details-marker]:hidden">
        <ChevronRight
          size={14}
          aria-hidden
          className="transition-transform duration-140 ease-open group-open:rotate-90"
        />
        {live ? texts.blocks.thinking : texts.blocks.thoughts}
      </summary>
      <p className="mt-2 border-l border-stone-3 pl-4 leading-5.5 whitespace-pre-wrap">{text}</p>
    </details>
  );
}
