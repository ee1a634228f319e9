import type { ContentBlock } from '@streambed/client';
import { CornerDownRight } from 'lucide-react';
import { texts } from '../../texts.ts';
import { asText, Block, type Fields } from './block.tsx';
import { Json } from './tool-use-block.tsx';

/** What a tool came to. */
export function ToolResultBlock({ fields }: { readonly fields: Fields }) {
  const failed = fields.is_error === true;
  const content: readonly ContentBlock[] =
    typeof fields.content === 'string'
      ? [{ type: 'text', text: fields.content }]
      : Array.isArray(fields.content)
        ? fields.content
        : [];
  return (
    <figure aria-label={texts.blocks.toolResult} className="tool">
      <figcaption>
        <CornerDownRight size={14} aria-hidden className="flex-none text-ink-quiet" />
        <span className={failed ? 'text-loss' : ''}>
          {failed ? texts.blocks.toolFailed : texts.blocks.toolResult}
        </span>
        <span className="min-w-0 truncate font-mono text-ink-quiet">{asText(fields.name)}</span>
      </figcaption>
      {content.map((block, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a result doesn't change.
        <ResultPart key={place} block={block} />
      ))}
    </figure>
  );
}

function ResultPart({ block }: { readonly block: ContentBlock }) {
  const fields: Fields = block;
  if (block.type === 'streambed:json') return <Json text={JSON.stringify(fields.json, null, 2)} />;
  if (block.type !== 'text') return <Block block={block} live={false} />;
  const text = asText(fields.text);
  return <Json text={prettyJson(text) ?? text} />;
}

/** The text as JSON to read, where it is some. */
function prettyJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}
