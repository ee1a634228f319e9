import type { Random } from '../random.ts';
import type { Reply, ReplyBlock } from '../script.ts';
import { promptOf, type Turn } from '../turn.ts';
import { aboutEmulator, aboutStreambed } from './about.ts';
import { citedAnswer } from './citations.ts';
import { type Directives, parseDirectives } from './directives.ts';
import { exactAnswer } from './exact-answer.ts';
import { exampleValue } from './example-value.ts';
import { isFollowUp, topicOf } from './follow-up.ts';
import { prose } from './prose.ts';
import { type Doc, DocIndex, type Hit } from './search.ts';
import { askedShowcase, showcase } from './showcase.ts';
import { aboutAttachments, dontKnow, help, modelTable, smallTalk } from './small-talk.ts';
import { spacedJson } from './spaced-json.ts';
import { systemToolBlocks } from './system-tools.ts';
import { afterTools, quote, toolCalls } from './tools.ts';

// How sure a search must be before its section is an answer: the share of the question's weight that was found.
const sureCoverage = 0.5;
const excerptCharacters = 1400;
// What a prompt wants stands near its beginning; patterns are never run over megabytes.
const readCharacters = 4000;
// Anthropic's own string for testing sealed thinking, followed by a long number.
const redactionTrigger = 'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING';

/**
 * The model behind the local Bedrock. It says what it is, knows the docs it was given, shows off on request, follows
 * directives, and makes nothing up.
 */
export class DemoModel {
  readonly #docs: () => readonly Doc[];
  #built: DocIndex | undefined;

  /** `docs`: sections it may quote, asked for when it first has to search. None: a short description of Streambed. */
  constructor(docs: () => readonly Doc[] = () => []) {
    this.#docs = docs;
  }

  /** What to answer. The same turn and randomness give the same reply. */
  reply(turn: Turn, random: Random): Reply {
    const prompt = promptOf(turn);
    const pending = turn.messages.at(-1)?.toolResults.length ?? 0;
    const directives = parseDirectives(prompt);
    if (directives === undefined || (directives.asked.length === 0 && directives.rest !== '')) {
      const wish = (directives?.rest ?? prompt).slice(0, readCharacters);
      return { ...this.#answer(turn, wish, random), ...modifiers(directives) };
    }
    // Tool results come back in a user message of their own: a directive in it is a new wish, else the loop goes on.
    if (pending > 0 && directives.asked.length === 0) return this.#answer(turn, '', random);
    return {
      blocks: directives.asked.flatMap((asked) => this.#directed(asked, turn, random)),
      ...modifiers(directives),
    };
  }

  #directed(asked: Directives['asked'][number], turn: Turn, random: Random): readonly ReplyBlock[] {
    switch (asked.type) {
      case 'show': {
        const shown = asked.name === 'help' ? help(turn.model) : showcase(asked.name, asked.detail, 0);
        return [{ type: 'text', text: `${shown ?? help(turn.model)}\n` }];
      }
      case 'long':
        return [{ type: 'text', text: prose(asked.words, random) }];
      case 'echo':
        return [{ type: 'text', text: echo(turn) }];
      case 'thinking':
      case 'redacted_thinking':
        return turn.thinking.on ? [asked] : [];
      case 'tool_use':
        // Llama's body has no tool blocks: there a call is JSON in the text.
        return turn.model.nativeBody === 'llama-prompt'
          ? [{ type: 'text', text: spacedJson({ name: asked.name, parameters: asked.input }) }]
          : [asked];
      case 'text':
        return [asked];
    }
  }

  #answer(turn: Turn, prompt: string, random: Random): Reply {
    const thinking: ReplyBlock[] = !turn.thinking.on
      ? []
      : prompt.includes(redactionTrigger)
        ? [{ type: 'redacted_thinking' }]
        : [{ type: 'thinking', text: thoughts(turn, prompt) }];
    // A forced choice is a call, also after a tool has answered.
    const forced = turn.toolChoice.type === 'any' || turn.toolChoice.type === 'tool';
    const continued = forced ? undefined : afterTools(turn);
    if (continued !== undefined) return { blocks: [...thinking, { type: 'text', text: continued }] };
    const own = systemToolBlocks(turn, prompt);
    const calls = toolCalls(turn, prompt, random);
    if (calls !== undefined) return { blocks: [...thinking, ...own, ...calls] };
    if (own.length > 0)
      return { blocks: [...thinking, ...own, { type: 'text', text: this.#text(turn, prompt, random) }] };
    const cited = citedAnswer(turn.documents ?? [], prompt);
    if (cited !== undefined) return { blocks: [...thinking, ...cited] };
    if (turn.outputSchema !== undefined) {
      const value = exampleValue(turn.outputSchema, prompt, random);
      return { blocks: [...thinking, { type: 'text', text: JSON.stringify(value) }] };
    }
    return { blocks: [...thinking, { type: 'text', text: this.#text(turn, prompt, random) }] };
  }

  #text(turn: Turn, prompt: string, random: Random): string {
    const attachments = turn.messages.at(-1)?.attachments ?? [];
    if (attachments.length > 0) return aboutAttachments(attachments, turn.model);
    if (isFollowUp(prompt)) {
      const topic = topicOf(turn.messages);
      if (topic !== undefined) return this.#onTopic(turn, topic.prompt, topic.variant, random);
    }
    return this.#onTopic(turn, prompt, 0, random);
  }

  #onTopic(turn: Turn, prompt: string, variant: number, random: Random): string {
    const talk = smallTalk(prompt, turn.model);
    if (talk !== undefined) return talk;
    const exact = exactAnswer(prompt);
    if (exact !== undefined) return exact;
    const shown = askedShowcase(prompt, variant, random);
    if (shown !== undefined) return shown;
    if (/\b(which|what|list|name)\b.*\bmodels\b/i.test(prompt)) return modelTable();
    const hits = this.#index.search(prompt).filter(({ coverage }) => coverage >= sureCoverage);
    const hit = hits[variant];
    if (hit !== undefined) return this.#quoted(prompt, hit, hits.slice(variant + 1), variant);
    if (hits.length > 0)
      return `That was all my docs say about it. I quoted **${hits[0]?.doc.title}** first. Ask something else about Streambed?`;
    return dontKnow(prompt, turn.model, false);
  }

  #quoted(prompt: string, hit: Hit, others: readonly Hit[], variant: number): string {
    const excerpt = this.#index.excerpt(hit.doc, prompt, excerptCharacters);
    const lead = variant === 0 ? "Streambed's docs say:" : 'There is also this:';
    const more = others.slice(0, 2).map(({ doc }) => `*${doc.title}*`);
    const next = more.length === 0 ? '' : `\n\nRelated: ${more.join(', ')}. Say “more” to read on.`;
    return `${lead}\n\n${quote(excerpt, excerptCharacters * 3)}\n\n— from **${hit.doc.title}**${next}`;
  }

  get #index(): DocIndex {
    if (this.#built === undefined) {
      const docs = this.#docs();
      this.#built = new DocIndex([...(docs.length === 0 ? aboutStreambed : docs), ...aboutEmulator]);
    }
    return this.#built;
  }
}

function modifiers(directives: Directives | undefined): Pick<Reply, 'fault' | 'pace' | 'stopReason'> {
  if (directives === undefined) return {};
  const { fault, pace, stopReason } = directives;
  return {
    ...(fault === undefined ? {} : { fault }),
    ...(pace === undefined ? {} : { pace }),
    ...(stopReason === undefined ? {} : { stopReason }),
  };
}

function thoughts(turn: Turn, prompt: string): string {
  const subject = prompt.trim().replace(/\s+/g, ' ').slice(0, 120);
  const tools = turn.tools.map(({ name }) => name).join(', ');
  return `The user wrote: “${subject}”. I'm the local demo model, so I can't reason about the world. I look whether this asks for a tool${tools === '' ? '' : ` (${tools})`}, for a showcase, or for something in Streambed's docs, and otherwise I say that I don't know.`;
}

/** What the request looked like, for tests of clients. */
function echo(turn: Turn): string {
  return JSON.stringify({
    model: turn.modelId,
    max_tokens: turn.maxTokens,
    stop_sequences: turn.stopSequences,
    system: turn.system,
    tools: turn.tools.map(({ name }) => name),
    thinking: turn.thinking.on,
    messages: turn.messages.map(({ role, text, toolUses, toolResults, attachments }) => ({
      role,
      text,
      ...(toolUses.length === 0 ? {} : { tool_uses: toolUses }),
      ...(toolResults.length === 0 ? {} : { tool_results: toolResults }),
      ...(attachments.length === 0 ? {} : { attachments }),
    })),
  });
}
