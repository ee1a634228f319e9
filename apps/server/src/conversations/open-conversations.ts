import type { OpenDatabase } from '../database/database.ts';
import { defaultDiskLimits } from '../stream-log/disk/segments.ts';
import { eraseGeneration } from '../stream-log/erase-generation.ts';
import type { GenerationView, StreamLog } from '../stream-log/stream-log.ts';
import { Conversations } from './conversations.ts';
import { Histories, type HistoriesOptions } from './histories.ts';
import { KeptRequests } from './kept-requests.ts';
import { type ConversationLimits, defaultConversationLimits } from './limits.ts';
import { Settling } from './settling.ts';
import { ToolAnswers } from './tool-answers.ts';

export interface OpenConversationsOptions extends Pick<HistoriesOptions, 'bedrock'> {
  readonly database: OpenDatabase;
  /** The data folder. */
  readonly dir: string;
  /** What requests may take of the disk beside the log, in bytes. */
  readonly maxBytes: number;
  readonly limits?: Partial<ConversationLimits> | undefined;
}

/** Everything about conversations, ready to be connected. It is opened before the stream log and closed before it. */
export interface ConversationSide extends AsyncDisposable {
  readonly conversations: Conversations;
  readonly histories: Histories;
  /** Whether the log of what has ended is still needed. */
  isNeeded(generation: GenerationView['record']['generation']): boolean;
  /** A generation began, ended, or is forgotten. */
  tell(view: GenerationView): void;
  /** From now on answers can be read from the log; what ended while nobody was here is taken in. */
  begin(log: StreamLog): Promise<void>;
  /** Erases what was deleted long enough ago, and tries again what could not be done before. Rejects where the disk fails. */
  sweep(): Promise<void>;
}

export async function openConversations(options: OpenConversationsOptions): Promise<ConversationSide> {
  const { database, dir, bedrock, limits, maxBytes } = options;
  const conversations = new Conversations(database, { ...defaultConversationLimits, ...limits });
  const settling = await Settling.open(database, conversations.wakeups);
  const requests = await KeptRequests.open({ dir, disk: { ...defaultDiskLimits, bytes: maxBytes } });
  const toolAnswers = new ToolAnswers();
  let log: StreamLog | undefined;
  const theLog = () => {
    if (log === undefined) throw new TypeError('the log is not open yet');
    return log;
  };
  return {
    conversations,
    histories: new Histories({
      database,
      conversations,
      settling,
      bedrock,
      requests,
      toolAnswers,
      log: theLog,
    }),
    isNeeded: (generation) => settling.needs(generation),
    tell: (view) => {
      requests.tell(view);
      toolAnswers.tell(view);
    },
    begin: async (opened) => {
      log = opened;
      requests.begin();
      conversations.reach({
        cancel: (generation) => opened.cancel(generation),
        erase: async (generation, owner) => {
          await eraseGeneration(opened, owner, generation);
          settling.forget(generation);
        },
        settle: (generation, owner) => settling.settle(generation, owner),
      });
      await settling.begin(opened);
    },
    sweep: async () => {
      await settling.sweep();
      await conversations.sweep();
    },
    [Symbol.asyncDispose]: async () => {
      await settling.settled();
      await requests.close();
    },
  };
}
