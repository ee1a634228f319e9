import { useReadable } from '@streambed/client/react';
import { type Preferences, prefer, preferences, type SendKey, type Theme } from '../preferences.ts';
import { SignedIn } from '../sign-in/signed-in.tsx';
import { settingsTexts } from '../texts/settings.ts';
import { texts } from '../texts.ts';
import { Choice } from '../ui/choice.tsx';
import { activityAddress, goToAddress } from './address.ts';
import { closeDrawer, openDrawer } from './drawer-store.ts';
import { keysText } from './mod-key.ts';

/** How the page is, in this browser. */
export function SettingsPanel() {
  const chosen = useReadable(preferences);
  const { page: words } = settingsTexts;
  const set =
    <Name extends keyof Preferences>(name: Name) =>
    (value: Preferences[Name]) =>
      prefer({ [name]: value });
  return (
    <div className="flex flex-col gap-6 px-5 pb-6">
      <Choice<Theme>
        label={words.theme}
        value={chosen.theme}
        options={[
          ['system', words.system],
          ['light', words.light],
          ['dark', words.dark],
        ]}
        onChange={set('theme')}
      />
      <Choice<SendKey>
        label={words.sendKey}
        value={chosen.sendKey}
        options={[
          ['enter', 'Enter'],
          ['mod-enter', keysText('mod Enter')],
        ]}
        onChange={set('sendKey')}
        meaning={chosen.sendKey === 'enter' ? words.enterSends : words.enterBreaks}
      />
      <Choice<'on' | 'off'>
        label={texts.stream.label}
        value={chosen.stream ? 'on' : 'off'}
        options={[
          ['on', words.streaming],
          ['off', words.whole],
        ]}
        onChange={(value) => prefer({ stream: value === 'on' })}
        meaning={texts.stream.meaning}
      />
      <Choice<Preferences['announce']>
        label={words.announce}
        value={chosen.announce}
        options={[
          ['sentences', words.sentences],
          ['states', words.states],
        ]}
        onChange={set('announce')}
        meaning={words.announceMeaning}
      />
      <p className="flex flex-wrap gap-2 border-t border-stone-2 pt-5">
        <button type="button" className="plain-button" onClick={() => openDrawer('keys')}>
          {texts.drawer.keys}
        </button>
        <button type="button" className="plain-button" onClick={() => openDrawer('connection')}>
          {texts.drawer.connection}
        </button>
        {/* A phone's head has no room for it. */}
        <button type="button" className="plain-button sm:hidden" onClick={showActivity}>
          {texts.header.activity}
        </button>
      </p>
      <p className="text-small text-ink-quiet">{words.where}</p>
      <SignedIn />
    </div>
  );
}

function showActivity(): void {
  closeDrawer();
  goToAddress(activityAddress);
}
