import type { HeldConversation } from '@streambed/client/conversations';
import { useReadable } from '@streambed/client/react';
import { lazy, Suspense } from 'react';
import type { ModelState } from '../models/model-store.ts';
import { loadPart, Otherwise } from '../ui/load.tsx';
import { picking } from './comparing.ts';

const ComparePicker = lazy(() => loadPart(() => import('./compare-picker.tsx')));

/** The choice of models to compare, while it is open. */
export function ModelPicking(props: {
  readonly conversation: HeldConversation;
  readonly models: ModelState;
  /** The model that would be asked alone. */
  readonly model: string;
  /** The next question goes to those that were chosen. */
  readonly onDone: () => void;
}) {
  const target = useReadable(picking);
  return target === undefined ? null : (
    <Otherwise otherwise={null}>
      <Suspense>
        <ComparePicker {...props} target={target} />
      </Suspense>
    </Otherwise>
  );
}
