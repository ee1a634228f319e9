import { keysText } from './mod-key.ts';
import { listedKeys } from './shortcuts.ts';

/** Every shortcut, in one list. */
export function KeysPanel() {
  return (
    <dl className="px-5 pb-6">
      {listedKeys.map(([keys, does]) => (
        <div key={keys} className="flex items-center justify-between gap-4 border-b border-stone-2 py-2.5">
          <dt>{does}</dt>
          <dd className="font-mono text-meter whitespace-nowrap text-ink-quiet">
            <kbd>{keysText(keys)}</kbd>
          </dd>
        </div>
      ))}
    </dl>
  );
}
