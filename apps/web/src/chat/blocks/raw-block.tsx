import { texts } from '../../texts.ts';
import type { Fields } from './block.tsx';
import { FoldOut } from './fold-out.tsx';

/** The longest text of a field that is shown: files stand in fields too. */
const longest = 2_000;

/** A block of a kind this page has no picture of, as it came. */
export function RawBlock({ fields }: { readonly fields: Fields }) {
  return (
    <FoldOut summary={texts.blocks.unknown(String(fields.type))} className="my-3">
      <pre className="mt-1 max-h-80 overflow-auto rounded-xl bg-stone-1 p-3 font-mono text-[0.8125rem]/5.25 wrap-anywhere whitespace-pre-wrap">
        {JSON.stringify(fields, shortened, 2)}
      </pre>
    </FoldOut>
  );
}

function shortened(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > longest
    ? `${value.slice(0, longest)}… (${value.length} characters)`
    : value;
}
