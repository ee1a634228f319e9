import type { ContentBlock, MessagesRequest } from '@streambed/protocol';

/** What of a request says whether it needs a beta. */
type Asks = (request: MessagesRequest) => boolean;

const always: Asks = () => true;
const tools = ({ tools = [] }: MessagesRequest) => tools;
const hasTools: Asks = (request) => tools(request).length > 0;
const hasToolWith =
  (field: string): Asks =>
  (request) =>
    tools(request).some((tool) => tool[field] !== undefined);
const hasToolOf =
  (...types: readonly string[]): Asks =>
  (request) =>
    tools(request).some(({ type }) => types.some((start) => type?.startsWith(start) === true));
const hasBlock =
  (...types: readonly string[]): Asks =>
  ({ messages }) =>
    messages.some(
      ({ content }) =>
        typeof content !== 'string' && content.some((block) => types.includes((block as ContentBlock).type)),
    );

const hasClientTools = hasToolOf('computer_', 'bash_', 'text_editor_');
const searchesTools: Asks = (request) =>
  hasToolWith('defer_loading')(request) || hasToolOf('tool_search_tool_')(request);

/**
 * The betas that Bedrock takes from a body, and the requests that need them. One that a request doesn't need is left
 * out: which model takes which beta changes by the month, and one that a model doesn't take is a 400. Sources: AWS's page
 * on Claude's Messages body, and what other gateways have found Bedrock to take.
 */
const taken: Readonly<Record<string, Asks>> = {
  'computer-use-2024-10-22': hasClientTools,
  'computer-use-2025-01-24': hasClientTools,
  'computer-use-2025-11-24': hasClientTools,
  'context-1m-2025-08-07': always,
  'context-management-2025-06-27': ({ context_management }: MessagesRequest & Record<string, unknown>) =>
    context_management !== undefined,
  'compact-2026-01-12': ({ context_management }: MessagesRequest & Record<string, unknown>) =>
    JSON.stringify(context_management ?? '').includes('"compact_'),
  'dev-full-thinking-2025-05-14': ({ thinking }) => thinking !== undefined,
  'effort-2025-11-24': ({ output_config }) => typeof output_config?.effort === 'string',
  'fine-grained-tool-streaming-2025-05-14': hasTools,
  'interleaved-thinking-2025-05-14': (request) => request.thinking?.type === 'enabled' && hasTools(request),
  'mid-conversation-tool-changes-2026-07-01': hasBlock('tool_addition', 'tool_removal'),
  'mid-conversation-output-config-2026-07-01': ({ messages }) =>
    messages.some((message) => message.output_config !== undefined),
  // Only the oldest that think write so much by a beta; newer ones need none.
  'output-128k-2025-02-19': ({ max_tokens = 0 }) => max_tokens > 64_000,
  'thinking-display-updates-2026-08-18': ({ thinking }) => thinking?.display === 'updates',
  'token-efficient-tools-2025-02-19': hasTools,
  'tool-examples-2025-10-29': hasToolWith('input_examples'),
  'tool-search-tool-2025-10-19': searchesTools,
};

/** Betas of Anthropic's API that have other names on Bedrock. */
const renamed: Readonly<Record<string, readonly string[]>> = {
  'advanced-tool-use-2025-11-20': ['tool-search-tool-2025-10-19', 'tool-examples-2025-10-29'],
};

/** What becomes of the betas that a header names. */
export interface Betas {
  /** For the body, under Bedrock's names. */
  readonly sent: readonly string[];
  /** Those that Bedrock doesn't take, as the header has them. One that it takes and nobody needs is none of them. */
  readonly dropped: readonly string[];
}

/** Translates `anthropic-beta` for Bedrock, where betas stand in the body and one it doesn't know is refused. */
export function translateBetas(
  header: string | readonly string[] | undefined,
  request: MessagesRequest,
): Betas {
  const names = new Set(
    String(header ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
  const sent = new Set<string>();
  const dropped: string[] = [];
  for (const name of names) {
    const meant = Object.hasOwn(renamed, name) ? (renamed[name] ?? []) : [name];
    const known = meant.filter((beta) => Object.hasOwn(taken, beta));
    if (known.length === 0) dropped.push(name);
    for (const beta of known) if (taken[beta]?.(request) === true) sent.add(beta);
  }
  return { sent: [...sent], dropped };
}
