import { answerText, type Generation } from '@streambed/client';
import { useClient, useGeneration } from '@streambed/client/react';
import { useEffect, useState } from 'react';
import { activityTexts } from '../texts/activity.ts';

/** As much as fits without scrolling. */
const shownCharacters = 400;

/** The end of what a generation has written, as it is written; it is read only while this is shown. */
export function Peek({ id, generation }: { readonly id: string; readonly generation: string }) {
  const client = useClient();
  const [reading, setReading] = useState<Generation>();
  useEffect(() => {
    const attached = client.attach(generation);
    setReading(attached);
    return () => attached.detach();
  }, [client, generation]);
  return (
    <section id={id} aria-label={activityTexts.peek} className="mt-2 rounded-sm bg-stone-1 px-3 py-2">
      <div className="flex h-25 flex-col justify-end overflow-hidden text-small wrap-anywhere whitespace-pre-wrap">
        {reading !== undefined && <Tail reading={reading} />}
      </div>
    </section>
  );
}

function Tail({ reading }: { readonly reading: Generation }) {
  const text = useGeneration(reading, (snapshot) => endOf(answerText(snapshot)));
  return text === '' ? <p className="text-ink-quiet">{activityTexts.nothingYet}</p> : <p>{text}</p>;
}

/** It begins with a whole word. */
function endOf(text: string): string {
  if (text.length <= shownCharacters) return text;
  return text.slice(-shownCharacters).replace(/^\S*\s+/, '');
}
