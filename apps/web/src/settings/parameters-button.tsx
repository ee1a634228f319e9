import { useReadable } from '@streambed/client/react';
import { SlidersHorizontal } from 'lucide-react';
import { factsOf, type ModelState } from '../models/model-store.ts';
import { drawer, toggleDrawer } from '../shell/drawer-store.ts';
import { texts } from '../texts.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { parameters } from './parameter-store.ts';
import { countSet } from './parameters.ts';

/** Opens the parameters; a dot says that some are set. */
export function ParametersButton(props: { readonly models: ModelState; readonly model: string }) {
  const set = useReadable(parameters);
  const open = useReadable(drawer) === 'parameters';
  const count = countSet(set, factsOf(props.models, props.model));
  const name = count === 0 ? texts.composer.parameters : texts.composer.parametersSet(count);
  return (
    <IconButton name={name} expanded={open} onClick={() => toggleDrawer('parameters')}>
      <span className="relative">
        <SlidersHorizontal size={16} aria-hidden />
        {count > 0 && <span className="absolute -top-1 -right-1 size-1.5 rounded-full bg-flow" />}
      </span>
    </IconButton>
  );
}
