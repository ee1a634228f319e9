import { useId } from 'react';

/** One of a few, all of them to be seen. Radio buttons underneath: arrows go between them. */
export function Choice<Value extends string>(props: {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, name: string])[];
  readonly onChange: (value: Value) => void;
  readonly meaning?: string;
  readonly hideLabel?: boolean;
}) {
  const name = useId();
  return (
    <fieldset>
      <legend className={props.hideLabel ? 'sr-only' : 'mb-2 font-medium'}>{props.label}</legend>
      <div className="flex rounded-lg bg-stone-1 p-0.5">
        {props.options.map(([value, text]) => (
          <label
            key={value}
            className="flex min-h-7 min-w-0 flex-1 cursor-pointer items-center justify-center rounded-md px-2 text-center text-small text-ink-quiet transition-colors duration-120 hover:text-ink has-checked:bg-raised has-checked:text-ink has-checked:shadow-[0_0_0_1px_var(--stone-4)] has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-flow"
          >
            <input
              type="radio"
              name={name}
              value={value}
              checked={value === props.value}
              onChange={() => props.onChange(value)}
              className="sr-only"
            />
            {text}
          </label>
        ))}
      </div>
      {props.meaning !== undefined && <p className="mt-2 text-small text-ink-quiet">{props.meaning}</p>}
    </fieldset>
  );
}
