import type { Conversations } from '../conversations/conversations.ts';
import type { GenerationFeed } from '../generation/feed.ts';
import type { Owner } from '../generation/owner.ts';
import type { Presets } from '../presets/presets.ts';

/** Where the changes of topics come from, and whose they are. */
export interface TopicSources {
  readonly feed: GenerationFeed;
  readonly conversations: Conversations;
  readonly presets: Presets;
  readonly owner: Owner;
}

/** The rev of a topic now. Throws `SB_NOT_FOUND` where there is nothing of that name. */
export async function topicRev(
  { feed, conversations, presets, owner }: TopicSources,
  topic: string,
): Promise<number> {
  if (topic === 'generations') return feed.rev(owner);
  if (topic === 'activity') return feed.activity.rev;
  if (topic === 'presets') return presets.rev;
  if (topic === 'conversations') return conversations.listRev(owner);
  return (await conversations.item(owner, conversationOf(topic))).rev;
}

/** What changes in a topic after a rev (absent: everything there is), as `changed` frames, until the signal. */
export async function* topicChanges(
  { feed, conversations, presets, owner }: TopicSources,
  topic: string,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<{ readonly type: 'changed'; readonly topic: string; readonly rev: number }> {
  const changes =
    topic === 'generations'
      ? feed.watch(owner, after, signal)
      : topic === 'activity'
        ? feed.activity.watch(owner, signal)
        : topic === 'presets'
          ? presets.watch(owner, after, signal)
          : topic === 'conversations'
            ? conversations.watchList(owner, after, signal)
            : conversations.watchTree(owner, conversationOf(topic), after, signal);
  for await (const change of changes) {
    if (signal.aborted) return;
    yield { type: 'changed', topic, ...change };
  }
}

function conversationOf(topic: string): string {
  return topic.slice('conversation:'.length);
}
