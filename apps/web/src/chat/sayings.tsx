/** What was said aloud last, each once. */
export interface Saying {
  readonly key: number;
  readonly text: string;
}

/** Where a screen reader listens: what is new there is read, and nothing twice. */
export function Sayings(props: { readonly label: string; readonly said: readonly Saying[] }) {
  return (
    <div role="status" aria-live="polite" aria-atomic="false" aria-label={props.label} className="sr-only">
      {props.said.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}
