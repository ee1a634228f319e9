import { useReadable } from '@streambed/client/react';
import { lazy, Suspense } from 'react';
import { loadPart, Otherwise } from '../ui/load.tsx';
import { paletteOpen } from './commands.ts';

export const loadPaletteDialog = () => import('./palette-dialog.tsx');
const PaletteDialog = lazy(() => loadPart(loadPaletteDialog));

/** Everything the page can do, by name. */
export function Palette() {
  const open = useReadable(paletteOpen);
  return open ? (
    <Otherwise otherwise={null}>
      <Suspense>
        <PaletteDialog />
      </Suspense>
    </Otherwise>
  ) : null;
}
