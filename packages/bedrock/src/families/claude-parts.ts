import {
  type Citation,
  type ContentBlock,
  type GuardContentBlock,
  isBlock,
  type KnownBlock,
  type Message,
  type MessagesRequest,
  StreambedError,
  type SystemBlock,
  type TextBlock,
  type ToolResultBlock,
} from '@streambed/protocol';
import { legalised } from '../converse/names.ts';
import { takesBack } from './thinking-origin.ts';

/** The parts of a request that may hold what Claude doesn't know, as its native body takes them. */
export interface ClaudeParts {
  readonly messages: readonly Message[];
  readonly system?: MessagesRequest['system'];
  readonly output_config?: MessagesRequest['output_config'];
  /** Paths of what was left out. */
  readonly dropped: readonly string[];
}

/**
 * A conversation may come from anywhere: begun with another model, or with Claude by Converse. Claude refuses fields and
 * blocks it doesn't know, thinking that isn't its own, and blank text, its own included. What is Claude's already
 * passes untouched. Throws `SB_UNSUPPORTED` for what only Converse carries.
 */
export function claudeParts(request: MessagesRequest, model: string): ClaudeParts {
  const cleaning = new Cleaning(model);
  const messages = request.messages.map((message, index) =>
    typeof message.content === 'string'
      ? message
      : withContent(message, cleaning.blocks(message.content, message.role, `messages[${index}].content`)),
  );
  const { system } = request;
  const systemTool = request.tools?.findIndex(({ type }) => type?.startsWith('streambed:')) ?? -1;
  if (systemTool >= 0) throw unsupported(`tools[${systemTool}]`, 'Claude has no system tools on Bedrock.');
  const output = outputConfig(request.output_config, cleaning.dropped);
  return {
    messages,
    ...(system !== undefined && {
      system:
        typeof system === 'string'
          ? system
          : (cleaning.blocks(system, 'system', 'system') as readonly SystemBlock[]),
    }),
    ...(output !== undefined && { output_config: output }),
    dropped: cleaning.dropped,
  };
}

/** A schema's name and description are Converse's. */
function outputConfig(
  config: MessagesRequest['output_config'],
  dropped: string[],
): MessagesRequest['output_config'] {
  const { name, description, ...format } = config?.format ?? { type: '' };
  if (name === undefined && description === undefined) return config;
  for (const [field, value] of Object.entries({ name, description })) {
    if (value !== undefined) dropped.push(`output_config.format.${field}`);
  }
  return { ...config, format: format as NonNullable<typeof config>['format'] };
}

function withContent(message: Message, content: readonly ContentBlock[]): Message {
  return content === message.content ? message : { ...message, content };
}

class Cleaning {
  readonly #model: string;
  readonly dropped: string[] = [];

  constructor(model: string) {
    this.#model = model;
  }

  /** The same list comes back where nothing had to change. */
  blocks(blocks: readonly ContentBlock[], role: Message['role'], at: string): readonly ContentBlock[] {
    const ranThere = new Set(
      blocks.flatMap((block) => (isBlock(block, 'streambed:system_tool_result') ? [block.tool_use_id] : [])),
    );
    const out: ContentBlock[] = [];
    for (const [index, block] of (blocks as readonly KnownBlock[]).entries()) {
      const here = `${at}[${index}]`;
      const last = out.at(-1);
      if (block.type === 'streambed:cache_point' && last !== undefined) {
        const { ttl } = block;
        out[out.length - 1] = {
          ...last,
          cache_control: { type: 'ephemeral', ...(ttl !== undefined && { ttl }) },
        } as ContentBlock;
        continue;
      }
      const ranElsewhere = block.type === 'server_tool_use' && ranThere.has(block.id);
      const cleaned = ranElsewhere ? undefined : this.#block(block, role, here);
      if (cleaned === undefined) this.dropped.push(here);
      else out.push(cleaned);
    }
    return out.length === blocks.length && out.every((block, index) => block === blocks[index])
      ? blocks
      : out;
  }

  /** `undefined` for a block that is left out. */
  #block(block: KnownBlock, role: Message['role'], at: string): ContentBlock | undefined {
    switch (block.type) {
      case 'text':
        if (role === 'assistant' && block.text.trim() === '') return undefined;
        return this.#text(block, at);
      case 'thinking':
      case 'redacted_thinking': {
        if (!takesBack(block, this.#model) || isFieldSet(block.bedrock, 'encoding')) return undefined;
        if (block.bedrock === undefined) return block;
        const { bedrock: _, ...own } = block;
        return own as ContentBlock;
      }
      case 'tool_use': {
        const { partial_json: cutShort, ...own } = block;
        const id = toolId(block.id);
        return cutShort === undefined && id === block.id ? block : ({ ...own, id } as ContentBlock);
      }
      case 'tool_result':
        return this.#toolResult(block, at);
      case 'image':
      case 'document':
        if (!block.source.type.startsWith('streambed:')) return block;
        throw unsupported(`${at}.source`, 'Claude reads nothing from S3: send the data as base64.');
      case 'streambed:system_tool_result':
      case 'streambed:cache_point':
        return undefined;
      case 'streambed:json':
        return { type: 'text', text: JSON.stringify(block.json ?? null) };
      default:
        if (!block.type.startsWith('streambed:')) return block;
        // An answer's own leftovers are history; what the caller says must not be lost.
        if (role === 'assistant') return undefined;
        throw unsupported(
          at,
          `Claude's native body has no ${(block as GuardContentBlock).type}. Call the model by Converse (bedrock.api: "converse").`,
        );
    }
  }

  #text(block: TextBlock, at: string): ContentBlock {
    const citations = block.citations ?? [];
    if (!citations.some((citation) => isForeign(citation))) return block;
    this.dropped.push(`${at}.citations`);
    const kept = citations.filter((citation) => !citation.type.startsWith('streambed:')).map(withoutBedrock);
    const { citations: _, ...own } = block;
    return kept.length === 0 ? own : { ...own, citations: kept };
  }

  #toolResult(block: ToolResultBlock, at: string): ContentBlock {
    const id = toolId(block.tool_use_id);
    const content = Array.isArray(block.content)
      ? this.blocks(block.content as ContentBlock[], 'user', `${at}.content`)
      : block.content;
    return id === block.tool_use_id && content === block.content
      ? block
      : ({ ...block, tool_use_id: id, content } as ContentBlock);
  }
}

/** Ids of other vendors (`functions.search:0`) have letters that Anthropic's API refuses. */
function toolId(id: string): string {
  return /^[a-zA-Z0-9_-]+$/.test(id) ? id : legalised(id);
}

function isForeign(citation: Citation): boolean {
  return citation.type.startsWith('streambed:') || citation.bedrock !== undefined;
}

function withoutBedrock({ bedrock: _, ...citation }: Citation): Citation {
  return citation as Citation;
}

function isFieldSet(value: unknown, field: string): boolean {
  return (
    typeof value === 'object' && value !== null && (value as Record<string, unknown>)[field] !== undefined
  );
}

function unsupported(field: string, why: string): StreambedError {
  return new StreambedError('SB_UNSUPPORTED', `request.${field}: ${why}`, { field: `request.${field}` });
}
