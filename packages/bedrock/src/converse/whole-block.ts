import type { ContentBlock } from '@streambed/protocol';
import { toMediaType } from './formats.ts';
import { fromToolResultContent } from './from-tool-result.ts';
import { type Fields, isFields, reading, textOr } from './read.ts';
import { fromRedactedContent } from './sealed.ts';

/** A block that Converse has begun. */
export interface OpenBlock {
  /** Converse's kind of it: `text`, `toolUse`, `reasoningContent`, … */
  readonly kind: string;
  /** Our index; absent until our block is begun. */
  index?: number;
  readonly start: Fields;
  /** What has come of a block that goes out whole, at its stop. */
  readonly pieces: unknown[];
}

const answer = reading('SB_UPSTREAM_UNEXPECTED', 'Converse answered in a way it does not');

/**
 * A block that goes out in one piece, since the Messages stream has no deltas for it: sealed thinking, a system tool's
 * result, an image, and any kind that is newer than this. `undefined` for one that has gone out in pieces.
 */
export function wholeBlock(
  { kind, start, pieces }: OpenBlock,
  origin: { readonly origin: { readonly family: string; readonly model: string } },
): ContentBlock | undefined {
  switch (kind) {
    case 'text':
    case 'reasoningContent':
    case 'toolUse':
      return undefined;
    case 'redactedContent': {
      // Pieces of a blob are joined as bytes: each was encoded by itself.
      const joined = Buffer.concat(pieces.map((piece) => Buffer.from(String(piece), 'base64')));
      const { data, bedrock } = fromRedactedContent(joined.toString('base64'));
      return { type: 'redacted_thinking', data, bedrock: { ...origin, ...bedrock } };
    }
    case 'toolResult':
      return {
        type: 'streambed:system_tool_result',
        tool_use_id: answer.text(start.toolUseId, 'start.toolResult.toolUseId'),
        ...(typeof start.type === 'string' && { name: start.type }),
        content: pieces
          .flatMap((piece) => answer.list(piece, 'delta.toolResult'))
          .map((piece) => fromToolResultContent(piece, answer, 'delta.toolResult')),
        ...(typeof start.status === 'string' && { is_error: start.status === 'error' }),
      };
    case 'image': {
      const media_type = toMediaType('image', textOr(start.format, 'png'));
      return { type: 'image', source: { type: 'base64', media_type, data: pieces.map(bytesOf).join('') } };
    }
    default:
      return {
        type: 'streambed:converse',
        block: { [kind]: { ...start, ...(pieces.length > 0 && { pieces }) } },
      };
  }
}

function bytesOf(piece: unknown): string {
  const source = isFields(piece) && isFields(piece.source) ? piece.source : {};
  return textOr(source.bytes, '');
}
