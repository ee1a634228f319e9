import { X } from 'lucide-react';
import { useId } from 'react';
import { settingsTexts } from '../texts/settings.ts';

/** A number between two bounds, by sliding or by writing it; or none, which leaves it to the model. */
export function RangeField(props: {
  readonly label: string;
  readonly meaning: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
}) {
  const { label, min, max, step, value, onChange } = props;
  const id = useId();
  const { clear, unset } = settingsTexts;
  // Counts of tokens are felt in orders of magnitude.
  const curved = max > 1_000;
  const position = value === undefined ? 0.5 : at(value);
  function at(number: number): number {
    return curved ? Math.log(number / min) / Math.log(max / min) : (number - min) / (max - min);
  }
  const from = (place: number) =>
    curved ? nice(min * (max / min) ** place) : Math.round((min + place * (max - min)) / step) * step;
  const bounded = (number: number) => Math.max(min, Math.min(max, Number(number.toFixed(4))));
  return (
    <div>
      <div className="flex items-center justify-between gap-2">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <span className="flex items-center gap-1">
          {value !== undefined && (
            <button
              type="button"
              aria-label={clear(label)}
              onClick={() => onChange(undefined)}
              className="quiet-button min-h-6 min-w-6 px-0"
            >
              <X size={13} aria-hidden />
            </button>
          )}
          <input
            id={id}
            type="number"
            inputMode="decimal"
            min={min}
            max={max}
            step={step}
            value={value ?? ''}
            placeholder={unset}
            onChange={({ target }) =>
              onChange(target.value === '' ? undefined : bounded(Number(target.value)))
            }
            className="field w-24 appearance-[textfield] text-right font-mono text-meter tabular-nums placeholder:text-ink-quiet [&::-webkit-inner-spin-button]:hidden"
          />
        </span>
      </div>
      <input
        type="range"
        aria-label={label}
        aria-valuetext={value === undefined ? unset : String(value)}
        min={0}
        max={1}
        step={curved ? 0.005 : step / (max - min)}
        value={position}
        data-unset={value === undefined ? '' : undefined}
        onChange={({ target }) => onChange(bounded(from(Number(target.value))))}
        className="slider mt-1.5 block w-full"
      />
      <p className="text-small text-ink-quiet">{props.meaning}</p>
    </div>
  );
}

/** Two significant digits: nobody means 8,191. */
function nice(value: number): number {
  const digits = Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.round(value / 10 ** digits) * 10 ** digits;
}
