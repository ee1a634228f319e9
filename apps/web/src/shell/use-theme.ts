import { useReadable } from '@streambed/client/react';
import { useEffect } from 'react';
import { preferences } from '../preferences.ts';

/** Puts the chosen theme on the page. Before the first paint `public/theme.js` has done so. */
export function useTheme(): void {
  const theme = useReadable(preferences, (chosen) => chosen.theme);
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
}
