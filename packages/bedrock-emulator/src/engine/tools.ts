import type { Random } from '../random.ts';
import type { ReplyBlock } from '../script.ts';
import type { JsonObject, Tool, Turn } from '../turn.ts';
import { exampleObject } from './example-value.ts';

/** The tool calls a turn forces or its prompt asks for; `undefined` when it is about something else. */
export function toolCalls(turn: Turn, prompt: string, random: Random): readonly ReplyBlock[] | undefined {
  const { tools, toolChoice } = turn;
  if (tools.length === 0 || toolChoice.type === 'none') return undefined;
  if (toolChoice.type === 'tool') {
    const tool = tools.find(({ name }) => name === toolChoice.name);
    if (tool !== undefined) return [call(tool, prompt, random)];
  }
  const named = askedByName(tools, prompt, random);
  if (named.length > 0) return announced(named);
  const fitting = bestFit(tools, prompt);
  if (fitting !== undefined) return announced(callsFor(fitting, prompt, random));
  const [first] = tools;
  if (toolChoice.type === 'any' && first !== undefined) return [call(first, prompt, random)];
  return undefined;
}

/** After a tool has answered: say what it said. */
export function afterTools(turn: Turn): string | undefined {
  const last = turn.messages.at(-1);
  if (last === undefined || last.toolResults.length === 0) return undefined;
  const uses = turn.messages.flatMap(({ toolUses }) => toolUses);
  const told = last.toolResults.map(({ id, text, isError }) => {
    const name = uses.find((use) => use.id === id)?.name ?? 'the tool';
    const quoted = quote(text.trim() === '' ? '(nothing)' : text, 2000);
    return isError ? `\`${name}\` failed and said:\n\n${quoted}` : `\`${name}\` answered:\n\n${quoted}`;
  });
  const failed = last.toolResults.some(({ isError }) => isError);
  const end = failed
    ? 'A real model would now try again or explain; I stop here.'
    : 'That is all I needed: the tool loop is complete.';
  return `${told.join('\n\n')}\n\n${end}`;
}

export function quote(text: string, characters: number): string {
  const shown = text.length > characters ? `${text.slice(0, characters)} …` : text;
  return shown
    .split('\n')
    .map((row) => (row === '' ? '>' : `> ${row}`))
    .join('\n');
}

/** `call tool get_weather with {"city": "Oslo"}`, as often as it stands there. */
function askedByName(tools: readonly Tool[], prompt: string, random: Random): ReplyBlock[] {
  return tools.flatMap((tool) => {
    const places = [...prompt.matchAll(new RegExp(`(?<![\\w-])${RegExp.escape(tool.name)}(?![\\w-])`, 'g'))];
    return places.map((place) => {
      const input = jsonAfter(prompt, place.index + tool.name.length);
      return input === undefined
        ? call(tool, prompt, random)
        : { type: 'tool_use' as const, name: tool.name, input };
    });
  });
}

/** The JSON object that follows soon after a place in the text. */
function jsonAfter(text: string, start: number): JsonObject | undefined {
  const open = text.indexOf('{', start);
  if (open === -1 || open - start > 40) return undefined;
  let depth = 0;
  let quoted = false;
  for (let place = open; place < text.length; place++) {
    const character = text[place];
    if (quoted) {
      if (character === '\\') place += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth > 0) continue;
      try {
        return JSON.parse(text.slice(open, place + 1)) as JsonObject;
      } catch {
        return undefined;
      }
    }
  }
  return undefined;
}

/** The tool whose name or description shares most words with the prompt, when any word is telling. */
function bestFit(tools: readonly Tool[], prompt: string): Tool | undefined {
  const asked = new Set(wordsOf(prompt));
  let best: Tool | undefined;
  let bestScore = 0;
  for (const tool of tools) {
    const inName = wordsOf(tool.name).filter((word) => asked.has(word)).length;
    const inText = new Set(wordsOf(tool.description).filter((word) => asked.has(word))).size;
    const score = inName * 3 + inText;
    if (score > bestScore) {
      best = tool;
      bestScore = score;
    }
  }
  return bestScore >= 3 ? best : undefined;
}

/** "the weather in Oslo and Lima" is two calls. */
function callsFor(tool: Tool, prompt: string, random: Random): ReplyBlock[] {
  const places =
    /\b(?:in|for|of)\s+(\p{Lu}[\p{L} '’-]*?)\s+and\s+(?:in\s+|for\s+)?(\p{Lu}[\p{L}'’-]*(?: \p{Lu}[\p{L}'’-]*)*)/u.exec(
      prompt,
    );
  if (places?.[1] === undefined || places[2] === undefined) return [call(tool, prompt, random)];
  return [places[1], places[2]].map((place) => call(tool, `for ${place}`, random));
}

function call(tool: Tool, prompt: string, random: Random): ReplyBlock {
  return { type: 'tool_use', name: tool.name, input: exampleObject(tool.inputSchema, prompt, random) };
}

function announced(calls: readonly ReplyBlock[]): readonly ReplyBlock[] {
  const names = [
    ...new Set(calls.flatMap((block) => (block.type === 'tool_use' ? [`\`${block.name}\``] : []))),
  ];
  return [{ type: 'text', text: `I'll call ${names.join(' and ')}.` }, ...calls];
}

const dull = new Set(
  'get set the for and with from that this what your you are how use tool call a an of to in is it by on or'.split(
    ' ',
  ),
);

function wordsOf(text: string): string[] {
  return (
    text
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).filter((word) => word.length > 2 && !dull.has(word));
}
