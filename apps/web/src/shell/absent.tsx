import type { HeldConversation } from '@streambed/client/conversations';
import { useConversation } from '@streambed/client/react';
import { texts } from '../texts.ts';
import { Sign } from '../ui/sign.tsx';

/** In the place of a conversation that can't be shown: it is being read, is gone, or could not be read. */
export function Absent(props: {
  readonly conversation: HeldConversation;
  readonly onNewConversation: () => void;
}) {
  const { phase, error } = useConversation(props.conversation);
  const { absent: words } = texts;
  if (phase === 'loading' || phase === 'kept') {
    return (
      <p className="column flex items-center gap-2 pt-8 text-small text-ink-quiet">
        <Sign flow="moving" size={18} />
        {words.reading}
      </p>
    );
  }
  const gone = phase === 'gone';
  return (
    <div role="alert" className="column pt-8">
      <p className="text-body">{gone ? words.gone : error?.message}</p>
      <button
        type="button"
        className="plain-button mt-3"
        onClick={gone ? props.onNewConversation : props.conversation.reload}
      >
        {gone ? texts.header.newConversation : words.again}
      </button>
    </div>
  );
}
