import { HttpRefusal } from '@streambed/client';
import { useReadable } from '@streambed/client/react';
import { X } from 'lucide-react';
import { useState } from 'react';
import { usePage } from '../shell/page-context.ts';
import { settingsTexts } from '../texts/settings.ts';
import { parameters } from './parameter-store.ts';
import { presetOf } from './preset-store.ts';

/** What is kept under names, on every device: one click brings it back. */
export function Presets() {
  const { presets } = usePage();
  const all = useReadable(presets);
  const set = useReadable(parameters);
  const [name, setName] = useState('');
  const [failure, setFailure] = useState('');
  const current = presetOf(set, all);
  const { presets: words } = settingsTexts;
  const nothingSet = Object.keys(set).length === 0;
  const change = async (changing: Promise<void>) => {
    setFailure('');
    try {
      await changing;
      return true;
    } catch (thrown) {
      setFailure(thrown instanceof HttpRefusal ? thrown.info.message : words.offline);
      return false;
    }
  };
  return (
    <section aria-label={words.label}>
      <h3 className="mb-2 font-medium">{words.label}</h3>
      {all.length === 0 && <p className="mb-2 text-small text-ink-quiet">{words.none}</p>}
      <ul className="flex flex-wrap gap-1.5">
        {all.map((preset) => (
          <li
            key={preset.name}
            className={`flex max-w-full items-center rounded-lg border ${
              preset === current ? 'border-flow' : 'border-stone-3'
            }`}
          >
            <button
              type="button"
              aria-pressed={preset === current}
              onClick={() => parameters.set(preset.parameters)}
              className="min-h-7 min-w-0 truncate pl-2.5 text-small"
            >
              {preset.name}
            </button>
            <button
              type="button"
              aria-label={words.remove(preset.name)}
              onClick={() => void change(presets.remove(preset.name))}
              className="quiet-button min-h-7 min-w-7 flex-none px-0"
            >
              <X size={12} aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      {!nothingSet && current === undefined && (
        <form
          className="mt-2 flex gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() === '') return;
            void change(presets.save(name.trim(), set)).then((kept) => kept && setName(''));
          }}
        >
          <input
            aria-label={words.name}
            placeholder={words.name}
            value={name}
            maxLength={60}
            onChange={({ target }) => setName(target.value)}
            className="field min-w-0 placeholder:text-ink-quiet"
          />
          <button type="submit" className="plain-button flex-none" disabled={name.trim() === ''}>
            {words.save}
          </button>
        </form>
      )}
      {failure !== '' && (
        <p role="alert" className="mt-2 text-small text-warn">
          {failure}
        </p>
      )}
    </section>
  );
}
