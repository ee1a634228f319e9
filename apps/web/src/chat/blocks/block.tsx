import type { ContentBlock } from '@streambed/client';
import { memo } from 'react';
import { texts } from '../../texts.ts';
import { DocumentBlock, ImageBlock } from './file-blocks.tsx';
import { RawBlock } from './raw-block.tsx';
import { ThinkingBlock } from './thinking-block.tsx';
import { ToolResultBlock } from './tool-result-block.tsx';
import { ToolUseBlock } from './tool-use-block.tsx';

export type Fields = Readonly<Record<string, unknown>>;

/** One content block. The fold keeps finished blocks as they are, so only the one that grows renders again. */
export const Block = memo(function Block(props: {
  readonly block: ContentBlock;
  /** More of it is to come. */
  readonly live: boolean;
  /** Which block of which answer it is. */
  readonly name?: string;
}) {
  const { block, live, name = '' } = props;
  const fields: Fields = block;
  switch (block.type) {
    case 'text':
      return <p className="whitespace-pre-wrap">{asText(fields.text)}</p>;
    case 'thinking':
      return <ThinkingBlock text={asText(fields.thinking)} live={live} name={name} />;
    case 'redacted_thinking':
      return <ThinkingBlock text={texts.blocks.hidden} live={live} name={name} />;
    case 'tool_use':
    case 'server_tool_use':
      return <ToolUseBlock fields={fields} live={live} here={block.type === 'tool_use'} />;
    case 'tool_result':
    case 'streambed:system_tool_result':
      return <ToolResultBlock fields={fields} />;
    case 'image':
      return <ImageBlock fields={fields} />;
    case 'document':
    case 'search_result':
      return <DocumentBlock fields={fields} />;
    default:
      return <RawBlock fields={fields} />;
  }
});

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
