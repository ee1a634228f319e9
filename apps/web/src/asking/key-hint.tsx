import { useReadable } from '@streambed/client/react';
import { preferences } from '../preferences.ts';
import { texts } from '../texts.ts';

/** The one key that does something now. */
export function KeyHint(props: {
  readonly running: boolean;
  readonly ready: boolean;
  readonly empty: boolean;
}) {
  const { running, ready, empty } = props;
  const sendKey = useReadable(preferences, (chosen) => chosen.sendKey);
  const { keys } = texts.composer;
  const send = sendKey === 'enter' ? keys.send : keys.sendAlt;
  const key = ready ? send : running ? keys.stop : empty ? keys.focus : undefined;
  const away = key === keys.focus ? 'group-focus-within/composer:hidden' : '';
  return key === undefined ? null : (
    <span aria-hidden="true" className={`mr-1.5 text-ink-quiet pointer-coarse:hidden max-sm:hidden ${away}`}>
      <kbd className="font-mono text-[0.6875rem]">{key}</kbd>
    </span>
  );
}
