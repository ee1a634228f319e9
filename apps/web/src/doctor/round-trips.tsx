import { doctorTexts } from '../texts/doctor.ts';

const width = 312;
const height = 40;
const places = 40;

/** The last round trips as a line; the figures stand above it. */
export function RoundTrips({ trips }: { readonly trips: readonly number[] }) {
  const top = Math.max(20, ...trips);
  const points = trips.map((ms, place) => {
    const x = ((places - trips.length + place) / (places - 1)) * width;
    return `${x.toFixed(1)},${(height - 2 - (ms / top) * (height - 6)).toFixed(1)}`;
  });
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={doctorTexts.chart} className="mt-3 w-full">
      <path d={`M0 ${height - 1}H${width}`} stroke="var(--stone-2)" />
      {points.length > 1 && (
        <polyline points={points.join(' ')} fill="none" stroke="var(--flow)" strokeWidth="1.5" />
      )}
    </svg>
  );
}
