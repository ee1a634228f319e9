import { createClient, type MessagesRequest, type Readable } from '@streambed/client';
import { createConversations } from '@streambed/client/conversations';

/** A question asked without the page. */
export interface Outside {
  readonly prompt: string;
  readonly settings?: Partial<MessagesRequest>;
}

/**
 * Asks one question after another on the server at `url`, in the conversation `id` or a new one; gives its id once the
 * last answer is there.
 */
export async function askOutside(url: string, questions: readonly Outside[], id?: string): Promise<string> {
  using client = createClient({ url });
  using conversations = createConversations(client);
  const conversation = conversations.open(id);
  try {
    await until(conversation, ({ phase }) => phase !== 'loading');
    for (const { prompt, settings } of questions) {
      conversation.ask({ prompt, model: 'anthropic', settings });
      await until(conversation, ({ running, phase }) => !running && phase === 'kept');
    }
    return conversation.id;
  } finally {
    conversation.close();
  }
}

function until<T>(readable: Readable<T>, holds: (value: T) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(readable.get())) return;
      stop();
      resolve();
    };
    const stop = readable.subscribe(look);
    queueMicrotask(look);
  });
}
