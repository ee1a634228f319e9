import { useReadable } from '@streambed/client/react';
import { Monitor, Moon, Sun } from 'lucide-react';
import { useEffect } from 'react';
import { prefer, preferences, type Theme } from '../preferences.ts';
import { texts } from '../texts.ts';
import { IconButton } from '../ui/icon-button.tsx';

const next: { readonly [T in Theme]: Theme } = { system: 'light', light: 'dark', dark: 'system' };
const icons = { system: Monitor, light: Sun, dark: Moon };

/** Goes round the system's theme, light and dark. */
export function ThemeButton() {
  const theme = useReadable(preferences, (chosen) => chosen.theme);
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  const Icon = icons[theme];
  return (
    <IconButton name={texts.header.theme[theme]} onClick={() => prefer({ theme: next[theme] })}>
      <Icon size={16} aria-hidden />
    </IconButton>
  );
}
