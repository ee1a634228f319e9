import type { OpenDatabase } from '../database/database.ts';
import type { StreamLog } from '../stream-log/stream-log.ts';
import { Conversations } from './conversations.ts';
import { Histories, type HistoriesOptions } from './histories.ts';
import { type ConversationLimits, defaultConversationLimits } from './limits.ts';
import { Settling } from './settling.ts';

export interface OpenConversationsOptions extends Pick<HistoriesOptions, 'bedrock'> {
  readonly database: OpenDatabase;
  readonly limits?: Partial<ConversationLimits> | undefined;
}

/** Everything about conversations, ready to be connected. */
export interface ConversationSide extends AsyncDisposable {
  readonly conversations: Conversations;
  readonly histories: Histories;
  readonly settling: Settling;
  /** From now on answers can be read from the log; what ended while nobody was here is taken in. */
  begin(log: StreamLog): Promise<void>;
  /** Erases what was deleted long enough ago, and tries again what could not be done before. Rejects where the disk fails. */
  sweep(): Promise<void>;
}

/** Opens it before the stream log, which asks what is still needed of it. */
export async function openConversations({
  database,
  bedrock,
  limits,
}: OpenConversationsOptions): Promise<ConversationSide> {
  const conversations = new Conversations(database, { ...defaultConversationLimits, ...limits });
  const settling = await Settling.open(database, conversations.wakeups);
  return {
    conversations,
    settling,
    histories: new Histories({ database, conversations, settling, bedrock }),
    begin: async (log) => {
      conversations.reach(log);
      await settling.begin(log);
    },
    sweep: async () => {
      await settling.sweep();
      await conversations.sweep();
    },
    [Symbol.asyncDispose]: () => settling.settled(),
  };
}
