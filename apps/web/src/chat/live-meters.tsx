import { memo, useEffect, useReducer } from 'react';
import { texts } from '../texts.ts';
import { estimate, progressOf } from './progress.ts';
import { duration, wholeNumber } from './read-meters.ts';

/** Often enough to be live, seldom enough to be read. */
const everyMs = 250;

/** The figures of an answer on its way, as far as this page can tell; the exact ones come with its end. */
export const LiveMeters = memo(function LiveMeters(props: {
  readonly id: string;
  readonly model: string;
  readonly stream: boolean;
}) {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, everyMs);
    return () => clearInterval(timer);
  }, []);
  return (
    // Figures that change four times a second are nothing to read aloud; the end says them.
    <p aria-hidden="true" className="meters">
      {liveValues(props).map((value, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: each figure has its place.
        <span key={place}>{value}</span>
      ))}
    </p>
  );
});

function liveValues({
  id,
  model,
  stream,
}: {
  readonly id: string;
  readonly model: string;
  readonly stream: boolean;
}) {
  const progress = progressOf(id);
  if (progress === undefined) return [model];
  const { since, firstAt, characters } = progress;
  const values = [model];
  if (firstAt !== undefined) values.push(duration(firstAt - since));
  else if (characters === 0) values.push(duration(Math.max(0, performance.now() - since)));
  if (!stream || characters === 0) return values;
  const { tokens, perSecond } = estimate(progress);
  if (perSecond !== undefined) values.push(`≈ ${texts.meters.perSecond(wholeNumber(perSecond))}`);
  values.push(`≈ ${texts.meters.written(wholeNumber(tokens))}`);
  return values;
}
