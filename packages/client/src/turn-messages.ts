import type { ContentBlock, Message } from '@streambed/protocol';
import type { GenerationSnapshot } from './snapshot.ts';

/** What was said in a turn: the question, and the answer as far as there is one. */
export interface Said {
  readonly prompt: string;
  readonly attachments?: readonly ContentBlock[] | undefined;
  readonly answer: GenerationSnapshot | undefined;
}

/**
 * The turns as the Messages format wants them: roles alternate, no empty text. Of an answer only its text goes back:
 * thinking that was cut has no signature, and a tool call without a result would be refused. Questions whose answer
 * never began are joined with the next one.
 */
export function toMessages(turns: readonly Said[]): readonly Message[] {
  const messages: Message[] = [];
  let prompts: string[] = [];
  let attached: ContentBlock[] = [];
  for (const { prompt, attachments = [], answer } of turns) {
    if (prompt !== '') prompts.push(prompt);
    attached.push(...attachments);
    const written = answer === undefined ? '' : answerText(answer).trim();
    if (answer !== undefined && written === '') continue;
    const text = prompts.join('\n\n');
    const said: ContentBlock[] = text === '' ? attached : [...attached, { type: 'text', text }];
    messages.push({ role: 'user', content: attached.length === 0 ? text : said });
    prompts = [];
    attached = [];
    if (answer !== undefined) messages.push({ role: 'assistant', content: written });
  }
  return messages;
}

/** Whether a question gives results of tool calls. */
export function answersTools({ attachments = [] }: Pick<Said, 'attachments'>): boolean {
  return attachments.some(({ type }) => type === 'tool_result');
}

/** The text of an answer as Markdown, without thinking and tools. */
export function answerText(answer: GenerationSnapshot): string {
  return answer.message.content
    .flatMap((block) => (block?.type === 'text' && typeof block.text === 'string' ? [block.text] : []))
    .join('\n\n');
}
