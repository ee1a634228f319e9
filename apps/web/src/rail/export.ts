import { answerText, type Turn } from '@streambed/client';
import type { ConversationItem, Conversations, HeldConversation } from '@streambed/client/conversations';
import { railTexts } from '../texts/rail.ts';
import { texts } from '../texts.ts';

export type Format = 'markdown' | 'json';

/** Gives a conversation as a file: what is shown as Markdown, or everything there is, all branches, as JSON. */
export async function exportConversation(
  conversations: Conversations,
  { id, title }: ConversationItem,
  format: Format,
): Promise<void> {
  if (format === 'json') {
    const tree = await conversations.api.tree(id);
    download(fileName(title, 'json'), 'application/json', `${JSON.stringify(tree, null, 2)}\n`);
    return;
  }
  const conversation = conversations.open(id);
  try {
    await loaded(conversation);
    const { turns } = conversation.get();
    download(fileName(title, 'md'), 'text/markdown', toMarkdown(title, turns));
  } finally {
    conversation.close();
  }
}

function loaded(conversation: HeldConversation): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (conversation.get().phase === 'loading') return;
      leave();
      resolve();
    };
    const leave = conversation.subscribe(look);
    look();
  });
}

/** The turns that are shown, as a Markdown document. */
export function toMarkdown(title: string, turns: readonly Turn[]): string {
  const words = railTexts;
  const { conversation } = texts;
  const parts = turns.flatMap(({ prompt, attachments = [], model, answer }) => [
    ...(prompt === '' && attachments.length === 0 ? [] : [`## ${conversation.you}`]),
    ...attachments.map(({ title: name, type }) => `*${typeof name === 'string' ? name : type}*`),
    ...(prompt === '' ? [] : [prompt]),
    `## ${model}`,
    ...answer.message.content.flatMap((block) =>
      block?.type === 'thinking' && typeof block.thinking === 'string' && block.thinking !== ''
        ? [
            `<details><summary>${texts.blocks.thoughts(undefined)}</summary>\n\n${block.thinking}\n\n</details>`,
          ]
        : [],
    ),
    answerText(answer) || `*${words.noText}*`,
  ]);
  return `${[`# ${title}`, ...parts].join('\n\n')}\n`;
}

/** A name that every system takes for a file. */
export function fileName(title: string, ending: string): string {
  const plain = title
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${plain === '' ? texts.product : plain}.${ending}`;
}

/** Gives the browser a file to keep. */
function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
