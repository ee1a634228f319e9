import { texts } from '../../texts.ts';

/** A tool the model wants called, with its arguments. */
export function ToolUseBlock({ name, input }: { readonly name: string; readonly input: string }) {
  return (
    <figure className="my-4 overflow-hidden rounded-xl border border-stone-2">
      <figcaption className="flex gap-2 border-b border-stone-2 px-4 py-2 text-small">
        <span className="text-ink-quiet">{texts.blocks.tool}</span>
        <span className="font-mono">{name}</span>
      </figcaption>
      <pre className="overflow-x-auto px-4 py-3 font-mono text-[0.8125rem]/5.25 whitespace-pre-wrap">
        {input}
      </pre>
    </figure>
  );
}
