import type { Catalogue } from '@streambed/client';
import { useConnection, useReadable } from '@streambed/client/react';
import { Activity, PanelLeft, Search, Settings, SquarePen } from 'lucide-react';
import { use } from 'react';
import { UpstreamContext } from '../models/upstream.ts';
import { paletteOpen } from '../palette/commands.ts';
import { texts } from '../texts.ts';
import { flowOf, lightOf } from '../ui/connection-light.ts';
import { Hint } from '../ui/hint.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Sign } from '../ui/sign.tsx';
import { activityAddress, goToAddress, place } from './address.ts';
import { drawer, toggleDrawer } from './drawer-store.ts';
import { keysText } from './mod-key.ts';
import { rail, railBesideFrom, toggleRail } from './rail-store.ts';
import { shortcuts } from './shortcuts.ts';
import { useWide } from './use-wide.ts';

/** Who answers and whether the line is up, at the left; what concerns the page as a whole, at the right. */
export function Header(props: {
  readonly onNewConversation: (() => void) | undefined;
  /** Back to the conversation, from a place beside it. */
  readonly onGoBack: () => void;
}) {
  const { onNewConversation } = props;
  const upstream = use(UpstreamContext);
  const light = useConnection(lightOf);
  const railShown = useReadable(rail);
  const beside = useWide(railBesideFrom);
  const panel = useReadable(drawer);
  const inActivity = useReadable(place) === 'activity';
  return (
    <header className="flex h-12 flex-none items-center gap-1 pr-3 pl-2">
      <IconButton
        name={railShown ? texts.header.hideRail : texts.header.showRail}
        keys={keysText(shortcuts.rail)}
        expanded={railShown}
        unlit
        onClick={toggleRail}
      >
        <PanelLeft size={16} aria-hidden />
      </IconButton>
      <Light />
      {upstream !== undefined && light === 'online' && <Upstream upstream={upstream} />}
      <span className="grow" />
      {onNewConversation !== undefined && !(railShown && beside) && (
        <IconButton
          name={texts.header.newConversation}
          keys={keysText(shortcuts.newConversation)}
          onClick={onNewConversation}
        >
          <SquarePen size={16} aria-hidden />
        </IconButton>
      )}
      <IconButton
        name={texts.header.palette}
        keys={keysText(shortcuts.palette)}
        onClick={() => paletteOpen.set(true)}
      >
        <Search size={16} aria-hidden />
      </IconButton>
      <span className="max-sm:hidden">
        <IconButton
          name={texts.header.activity}
          current={inActivity}
          onClick={() => (inActivity ? props.onGoBack() : goToAddress(activityAddress))}
        >
          <Activity size={16} aria-hidden />
        </IconButton>
      </span>
      <IconButton
        name={texts.header.settings}
        expanded={panel === 'settings'}
        onClick={() => toggleDrawer('settings')}
      >
        <Settings size={16} aria-hidden />
      </IconButton>
    </header>
  );
}

/** The wordmark and the light; a click opens the connection doctor. */
function Light() {
  const light = useConnection(lightOf);
  return (
    <>
      <h1 className="flex items-center gap-2 pl-1 text-[0.9375rem] font-semibold tracking-[-0.015em]">
        <Sign flow={flowOf[light]} />
        <span className="max-sm:sr-only">{texts.product}</span>
      </h1>
      <Hint text={texts.connection.open}>
        <button
          type="button"
          aria-description={texts.connection.open}
          onClick={() => toggleDrawer('connection')}
          className="quiet-button min-h-7 text-small"
        >
          <span role="status" aria-label={texts.connection.label} data-connection={light}>
            {texts.connection[light]}
          </span>
        </button>
      </Hint>
    </>
  );
}

/** What answers: a person should know at any time whether an account is billed. */
function Upstream({ upstream }: { readonly upstream: Catalogue['upstream'] }) {
  const demo = upstream.kind === 'emulator';
  const meaning = demo ? texts.connection.demoMeaning : texts.connection.bedrockMeaning(upstream.region);
  return (
    <Hint text={meaning}>
      <button
        type="button"
        aria-label={meaning}
        className="rounded-sm border border-stone-3 px-1.5 font-mono text-[0.6875rem]/4.5 whitespace-nowrap text-ink-quiet"
      >
        {demo ? texts.connection.demo : upstream.region}
      </button>
    </Hint>
  );
}
