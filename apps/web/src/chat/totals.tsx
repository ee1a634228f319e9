import type { HeldConversation } from '@streambed/client/conversations';
import { useConversation } from '@streambed/client/react';
import { use } from 'react';
import { UpstreamContext } from '../models/upstream.ts';
import { texts } from '../texts.ts';
import { money, sumUp, wholeNumber } from './read-meters.ts';

/** What the whole conversation came to, on all of its branches; shown from the second answer on. */
export function Totals({ conversation }: { readonly conversation: HeldConversation }) {
  // Changes when an answer ends, or another branch is shown.
  useConversation(conversation, ({ turns, running }) => `${turns.length} ${turns.at(-1)?.key} ${running}`);
  const demo = use(UpstreamContext)?.kind === 'emulator';
  const { answers, input, output, usd, complete } = sumUp(conversation.answers());
  if (answers < 2) return null;
  const values = [
    texts.totals.answers(answers),
    `${wholeNumber(input)} → ${wholeNumber(output)}`,
    ...(usd > 0 ? [`${complete ? '' : '≈ '}${money(String(usd))}`] : []),
  ];
  return (
    <p
      className="meters mt-4 border-t border-stone-2 pt-3"
      title={demo ? texts.totals.demo : texts.totals.meaning}
    >
      <span>{texts.totals.label}</span>
      {values.map((value) => (
        <span key={value}>{value}</span>
      ))}
    </p>
  );
}
