import { DoctorPanel } from '../doctor/doctor-panel.tsx';
import { ParametersPanel } from '../settings/parameters-panel.tsx';
import type { Panel } from './drawer-store.ts';
import { KeysPanel } from './keys-panel.tsx';
import { SettingsPanel } from './settings-panel.tsx';

/** What the drawer shows. */
export default function PanelView({ panel }: { readonly panel: Panel }) {
  switch (panel) {
    case 'parameters':
      return <ParametersPanel />;
    case 'connection':
      return <DoctorPanel />;
    case 'settings':
      return <SettingsPanel />;
    case 'keys':
      return <KeysPanel />;
  }
}
