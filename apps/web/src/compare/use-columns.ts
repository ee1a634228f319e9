import type { HeldConversation } from '@streambed/client/conversations';
import { useTurn } from '@streambed/client/react';
import { useMemo, useSyncExternalStore } from 'react';
import type { MeterName } from '../chat/read-meters.ts';
import { bestFigures } from './best-figures.ts';
import { columnsOf } from './columns-of.ts';

/** The keys of the answers that stand beside the turn `key`; undefined while it isn't known. */
export function useColumns(conversation: HeldConversation, key: string): readonly string[] | undefined {
  const versions = useTurn(conversation, key, (turn) => turn?.answers.keys);
  return useMemo(
    () =>
      versions &&
      columnsOf(
        versions.flatMap((version) => conversation.turn(version).get() ?? []),
        key,
      ),
    [conversation, versions, key],
  );
}

/** In what each answer beats the others; made anew only when that changes. */
export function useBest(
  conversation: HeldConversation,
  keys: readonly string[],
): ReadonlyMap<string, ReadonlySet<MeterName>> {
  const { subscribe, look } = useMemo(() => {
    const turns = keys.map((key) => conversation.turn(key));
    return {
      subscribe: (listener: () => void) => {
        const stops = turns.map((turn) => turn.subscribe(listener));
        return () => {
          for (const stop of stops) stop();
        };
      },
      look: () => bestFigures(turns.map((turn) => turn.get())),
    };
  }, [conversation, keys]);
  const state = useSyncExternalStore(subscribe, () =>
    Array.from(look(), ([key, names]) => `${key} ${[...names].join(' ')}`).join('\n'),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: `state` says when it is another one.
  return useMemo(look, [look, state]);
}
