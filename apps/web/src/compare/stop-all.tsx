import { isEnded } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { Square } from 'lucide-react';
import { useMemo, useSyncExternalStore } from 'react';
import { compareTexts } from '../texts/compare.ts';
import { stopBeside } from './stop-beside.ts';

/** Stops every answer that is on its way; Esc does the same. */
export function StopAll(props: {
  readonly conversation: HeldConversation;
  readonly keys: readonly string[];
}) {
  const { conversation, keys } = props;
  const turns = useMemo(() => keys.map((key) => conversation.turn(key)), [conversation, keys]);
  const running = useSyncExternalStore(
    (listener) => {
      const stops = turns.map((turn) => turn.subscribe(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    () => turns.filter((turn) => !isEnded(turn.get()?.answer.phase ?? 'completed')).length,
  );
  return running < 2 ? null : (
    <button
      type="button"
      onClick={() => stopBeside(conversation, keys[0] ?? '')}
      className="quiet-button -mr-2 text-small"
    >
      <Square size={10} fill="currentColor" aria-hidden />
      {compareTexts.stopAll}
    </button>
  );
}
