import { settingsTexts } from '../texts/settings.ts';
import { keysText } from './mod-key.ts';
import { shortcuts } from './shortcuts.ts';

/** What is listed, in the words of keyboards. */
const listedKeys: readonly (readonly [keys: string, does: string])[] = [
  [shortcuts.palette, settingsTexts.keys.palette],
  [shortcuts.newConversation, settingsTexts.keys.newConversation],
  [shortcuts.compare, settingsTexts.keys.compare],
  [shortcuts.rail, settingsTexts.keys.rail],
  [shortcuts.parameters, settingsTexts.keys.parameters],
  ['/', settingsTexts.keys.focus],
  ['Enter', settingsTexts.keys.send],
  ['shift Enter', settingsTexts.keys.newline],
  ['↑', settingsTexts.keys.edit],
  ['Esc', settingsTexts.keys.stop],
  ['← →', settingsTexts.keys.between],
];

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
