import { memo, useEffect, useReducer } from 'react';
import { useTitle } from '../models/use-title.ts';
import { texts } from '../texts.ts';
import { estimate, progressOf } from './progress.ts';
import { duration, gridOrder, type MeterName, wholeNumber } from './read-meters.ts';

/** Often enough to be live, seldom enough to be read. */
const everyMs = 250;

interface LiveMetersProps {
  readonly id: string;
  readonly model: string;
  readonly stream: boolean;
  /** Each in the place that its exact figure will have. */
  readonly grid?: boolean;
}

/** The figures of an answer on its way, as far as this page can tell; the exact ones come with its end. */
export const LiveMeters = memo(function LiveMeters(props: LiveMetersProps) {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, everyMs);
    return () => clearInterval(timer);
  }, []);
  const values = liveValues(props);
  const title = useTitle(props.model);
  if (props.grid)
    return (
      <p aria-hidden="true" className="figures">
        {gridOrder.map((name) => (
          <span key={name} className="figure">
            <span>{texts.meters.short[name]}</span>
            <span>{values[name] ?? texts.meters.none}</span>
          </span>
        ))}
      </p>
    );
  return (
    // Figures that change four times a second are nothing to read aloud; the end says them.
    <p aria-hidden="true" className="meters meters-of-answer">
      {Object.entries({ model: title, ...values }).map(([name, value]) => (
        <span key={name}>{value}</span>
      ))}
    </p>
  );
});

function liveValues({ id, stream, grid }: LiveMetersProps): { readonly [Name in MeterName]?: string } {
  const progress = progressOf(id);
  if (progress === undefined) return {};
  const { since, firstAt, characters } = progress;
  const waited = firstAt === undefined ? undefined : firstAt - since;
  const waiting = characters === 0 ? Math.max(0, performance.now() - since) : undefined;
  const first = waited ?? waiting;
  const known = first === undefined ? {} : { first: duration(first) };
  if (!stream || characters === 0) return known;
  const { tokens, perSecond } = estimate(progress);
  return {
    ...known,
    ...(perSecond !== undefined && { speed: `≈ ${texts.meters.perSecond(wholeNumber(perSecond))}` }),
    tokens: `≈ ${grid ? wholeNumber(tokens) : texts.meters.written(wholeNumber(tokens))}`,
  };
}
