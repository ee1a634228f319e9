import type { ModelQuirks } from '../families/quirks.ts';
import { unionKey } from './read.ts';
import type * as converse from './types.ts';
import { refuse } from './writing.ts';

type Block = converse.ConverseContentBlock;

/** A turn on its way to Converse, and where it began in the caller's messages. */
export interface Turn {
  readonly role: converse.ConverseRole;
  readonly content: readonly Block[];
  /** The path of the first message it was made of. */
  readonly at: string;
}

/**
 * Puts turns in the order that Converse takes: none is empty, roles alternate beginning with the user's, a turn's tool
 * results come first in the very next user turn, all of them. Throws `SB_BAD_REQUEST` for a conversation that can't
 * be put so.
 */
export function inOrder(turns: readonly Turn[], quirks: ModelQuirks): converse.ConverseMessage[] {
  const merged = merge(turns.filter((turn) => turn.content.length > 0));
  const first = merged[0];
  if (first === undefined) return refuse('messages', 'expected a message that is not blank');
  if (first.role !== 'user') return refuse(first.at, 'a conversation starts with a user message');
  const ordered = merged.map((turn) => (turn.role === 'user' ? resultsFirst(turn) : turn));
  checkToolResults(ordered);
  for (const turn of ordered) checkDocuments(turn);
  return ordered.flatMap((turn) => apart(turn, quirks));
}

/** Turns of one role in a row are one turn. */
function merge(turns: readonly Turn[]): Turn[] {
  const out: Turn[] = [];
  for (const turn of turns) {
    const last = out.at(-1);
    if (last?.role === turn.role) {
      out[out.length - 1] = { ...last, content: [...last.content, ...turn.content] };
    } else out.push(turn);
  }
  return out;
}

/** Tool results before all else. */
function resultsFirst(turn: Turn): Turn {
  const { tools, others } = partition(turn.content, 'toolResult');
  return { ...turn, content: [...tools, ...others] };
}

function checkToolResults(turns: readonly Turn[]): void {
  let asked: readonly string[] = [];
  for (const turn of turns) {
    if (turn.role === 'assistant') {
      asked = turn.content.flatMap((block) =>
        'toolUse' in block && block.toolUse.type !== 'server_tool_use' ? [block.toolUse.toolUseId] : [],
      );
      const twice = asked.filter((id, index) => asked.indexOf(id) !== index);
      if (twice.length > 0) refuse(turn.at, `two tool calls have one id: ${twice.join(', ')}`);
      continue;
    }
    const answered = turn.content.flatMap((block) =>
      'toolResult' in block ? [block.toolResult.toolUseId] : [],
    );
    const missing = asked.filter((id) => !answered.includes(id));
    if (missing.length > 0)
      refuse(turn.at, `expected the results of the tool calls before it: ${missing.join(', ')}`);
    const strange = answered.filter((id, index) => !asked.includes(id) || answered.indexOf(id) !== index);
    if (strange.length > 0)
      refuse(turn.at, `a tool result answers no call of the turn before it: ${strange.join(', ')}`);
    asked = [];
  }
  if (asked.length > 0)
    refuse(turns.at(-1)?.at ?? 'messages', `the tool calls have no results: ${asked.join(', ')}`);
}

const limits = { image: 20, document: 5 } as const;

function checkDocuments(turn: Turn): void {
  const count = (kind: string) => turn.content.filter((block) => kind in block).length;
  for (const [kind, most] of Object.entries(limits)) {
    if (count(kind) > most) refuse(turn.at, `at most ${most} ${kind}s are taken in one turn`);
  }
  if (count('document') > 0 && count('text') === 0) {
    refuse(turn.at, 'Bedrock wants text beside a document: say what to do with it');
  }
}

/** Stands where a turn of the other speaker must be; blank text is refused by several models. */
const filler: Block = { text: '.' };

/**
 * Some models refuse certain blocks beside a tool result or a tool call. Such a turn becomes two, with a filler of the
 * other speaker between them: a plain split would be joined again by Bedrock.
 */
function apart(turn: Turn, quirks: ModelQuirks): converse.ConverseMessage[] {
  const { role, content } = turn;
  const [mine, fits, other]: [string, (block: Block) => boolean, converse.ConverseRole] =
    role === 'user'
      ? ['toolResult', (block) => isBeside(block, quirks.besideToolResult), 'assistant']
      : ['toolUse', (block) => quirks.textBesideToolUse || !isText(block), 'user'];
  const hasTools = content.some((block) => mine in block);
  if (!hasTools || content.every((block) => mine in block || 'cachePoint' in block || fits(block))) {
    return [{ role, content }];
  }
  const { tools, others } = partition(content, mine);
  return (role === 'user' ? [tools, others] : [others, tools]).flatMap((group, index) => [
    ...(index > 0 ? [{ role: other, content: [filler] }] : []),
    { role, content: group },
  ]);
}

/** A cache point stays behind what it followed. */
function partition(content: readonly Block[], mine: string): { tools: Block[]; others: Block[] } {
  const tools: Block[] = [];
  const others: Block[] = [];
  let last = others;
  for (const block of content) {
    if (!('cachePoint' in block)) last = mine in block ? tools : others;
    last.push(block);
  }
  return { tools, others };
}

function isBeside(block: Block, beside: ModelQuirks['besideToolResult']): boolean {
  return beside === 'anything' || beside.includes(unionKey(block) ?? '');
}

function isText(block: Block): boolean {
  return 'text' in block || 'citationsContent' in block;
}
