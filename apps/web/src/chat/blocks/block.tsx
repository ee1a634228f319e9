import type { ContentBlock } from '@streambed/client';
import { memo } from 'react';
import { texts } from '../../texts.ts';
import { TextBlock } from './text-block.tsx';
import { ThinkingBlock } from './thinking-block.tsx';
import { ToolUseBlock } from './tool-use-block.tsx';

/** One content block. The fold keeps finished blocks as they are, so only the one that grows renders again. */
export const Block = memo(function Block({
  block,
  live,
}: {
  readonly block: ContentBlock;
  readonly live: boolean;
}) {
  switch (block.type) {
    case 'text':
      return <TextBlock text={asText(block.text)} live={live} />;
    case 'thinking':
      return <ThinkingBlock text={asText(block.thinking)} live={live} />;
    case 'redacted_thinking':
      return <ThinkingBlock text={texts.blocks.hidden} live={live} />;
    case 'tool_use':
      return <ToolUseBlock name={asText(block.name)} input={inputOf(block)} />;
    default:
      return <p className="my-3 text-small text-ink-quiet">{texts.blocks.unknown(block.type)}</p>;
  }
});

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** While the arguments arrive they are pieces of JSON text. */
function inputOf(block: ContentBlock): string {
  const fields: Readonly<Record<string, unknown>> = block;
  return typeof fields.partial_json === 'string'
    ? fields.partial_json
    : JSON.stringify(fields.input, null, 2);
}
