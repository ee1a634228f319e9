import { type AskedFault, parseFault } from '../faults.ts';
import type { PaceOption } from '../pace.ts';
import type { ReplyBlock } from '../script.ts';
import type { JsonObject } from '../turn.ts';
import { longestAnswerWords } from './prose.ts';

/** What the directives of a prompt ask for. */
export interface Directives {
  /** Blocks to say, in order. `show` is a showcase of the demo model, `long` a number of words. */
  readonly asked: readonly (
    | ReplyBlock
    | { readonly type: 'show'; readonly name: string; readonly detail: string }
    | { readonly type: 'long'; readonly words: number }
    | { readonly type: 'echo' }
  )[];
  readonly fault?: AskedFault;
  readonly pace?: PaceOption;
  readonly stopReason?: string;
  /** The prompt without its directives. */
  readonly rest: string;
}

const line = /^\/(?<name>[a-z]+)(?:[ \t]+(?<rest>[\s\S]*))?$/;

/** Those whose text goes on over the following lines. */
const textual = new Set(['say', 'think', 'repeat', 'tool']);
const showcases = new Set(['markdown', 'code', 'table', 'tasks', 'math', 'unicode', 'list', 'json', 'help']);
const modifiers = new Set(['fault', 'pace', 'stop', 'long', 'echo']);

const mostRepeats = 10_000;
const mostRepeatedCharacters = 1_000_000;

/**
 * Reads the lines of a prompt that begin with a known `/name`. `undefined`: there are none, and `/etc/hosts` is only a
 * path. A directive that can't be read becomes a text that says what is wrong with it.
 */
export function parseDirectives(prompt: string): Directives | undefined {
  if (!prompt.includes('/')) return undefined;
  const found: { name: string; text: string[] }[] = [];
  const rest: string[] = [];
  for (const row of prompt.split('\n')) {
    const groups = line.exec(row.trimEnd())?.groups;
    const name = groups?.name ?? '';
    if (textual.has(name) || showcases.has(name) || modifiers.has(name))
      found.push({ name, text: groups?.rest === undefined ? [] : [groups.rest] });
    else {
      const open = found.at(-1);
      if (open !== undefined && textual.has(open.name)) open.text.push(row);
      else rest.push(row);
    }
  }
  if (found.length === 0) return undefined;

  const asked: Directives['asked'][number][] = [];
  let modified: Pick<Directives, 'fault' | 'pace' | 'stopReason'> = {};
  for (const { name, text } of found) {
    while (text.at(-1) === '') text.pop();
    const argument = text.join('\n');
    const outcome = read(name, argument);
    if (outcome === undefined) asked.push(complaint(name, argument));
    else if ('type' in outcome) asked.push(outcome);
    else modified = { ...modified, ...outcome };
  }
  return { asked, ...modified, rest: rest.join('\n').trim() };
}

type Modifier = Pick<Directives, 'fault' | 'pace' | 'stopReason'>;

function read(name: string, text: string): Directives['asked'][number] | Modifier | undefined {
  switch (name) {
    case 'say':
      return { type: 'text', text };
    case 'think':
      return { type: 'thinking', text };
    case 'tool':
      return readTool(text);
    case 'long': {
      const words = Number(text.trim() || 500);
      return Number.isInteger(words) && words > 0
        ? { type: 'long', words: Math.min(words, longestAnswerWords) }
        : undefined;
    }
    case 'repeat':
      return readRepeat(text);
    case 'echo':
      return { type: 'echo' };
    case 'fault': {
      const fault = parseFault(text);
      return typeof fault === 'string' ? { type: 'text', text: fault } : { fault };
    }
    case 'pace':
      return readPace(text);
    case 'stop':
      return /^[a-z_]{1,64}$/.test(text.trim()) ? { stopReason: text.trim() } : undefined;
    default:
      return { type: 'show', name, detail: text.trim() };
  }
}

function readTool(text: string): ReplyBlock | undefined {
  const groups = /^(?<name>[a-zA-Z0-9_-]{1,128})(?:\s+(?<json>\{[\s\S]*\}))?\s*$/.exec(text)?.groups;
  if (groups?.name === undefined) return undefined;
  try {
    const input = JSON.parse(groups.json ?? '{}') as JsonObject;
    return { type: 'tool_use', name: groups.name, input };
  } catch {
    return undefined;
  }
}

function readRepeat(text: string): ReplyBlock | undefined {
  const groups = /^(?<count>\d{1,6})\s(?<text>[\s\S]+)$/.exec(text)?.groups;
  if (groups?.text === undefined) return undefined;
  const most = Math.floor(mostRepeatedCharacters / groups.text.length);
  return {
    type: 'text',
    text: groups.text.repeat(Math.min(Number(groups.count), mostRepeats, Math.max(1, most))),
  };
}

/** `/pace instant`, `/pace model`, `/pace 20` (tokens a second), `/pace 20 1500` (and the first one after so many ms). */
function readPace(text: string): Modifier | undefined {
  const [speed = '', first] = text.trim().split(/\s+/);
  if (speed === 'instant' || speed === 'model') return { pace: speed };
  const tokensPerSecond = Number(speed);
  const firstTokenMs = first === undefined ? 0 : Number(first);
  const right =
    tokensPerSecond > 0 && tokensPerSecond <= 1_000_000 && firstTokenMs >= 0 && firstTokenMs < 3_600_000;
  return right ? { pace: { tokensPerSecond, firstTokenMs, jitter: 0 } } : undefined;
}

function complaint(name: string, text: string): ReplyBlock {
  return {
    type: 'text',
    text: `I can't read the directive \`/${name} ${text}\`. Say \`/help\` to see how each one is written.\n`,
  };
}
