import type { Catalogue } from '@streambed/client';
import { useConnection } from '@streambed/client/react';
import { SquarePen } from 'lucide-react';
import { use } from 'react';
import { UpstreamContext } from '../models/upstream.ts';
import { texts } from '../texts.ts';
import { flowOf, lightOf } from '../ui/connection-light.ts';
import { Hint } from '../ui/hint.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Sign } from '../ui/sign.tsx';
import { ThemeButton } from './theme-button.tsx';

/** Who answers and whether the line is up, at the left; what concerns the page as a whole, at the right. */
export function Header(props: { readonly onNewConversation: (() => void) | undefined }) {
  const light = useConnection(lightOf);
  const { onNewConversation } = props;
  const upstream = use(UpstreamContext);
  return (
    <header className="flex h-12 flex-none items-center gap-3 px-4">
      <h1 className="flex items-center gap-2 text-[0.9375rem] font-semibold tracking-[-0.015em]">
        <Sign flow={flowOf[light]} />
        {texts.product}
      </h1>
      <span
        role="status"
        aria-label={texts.connection.label}
        data-connection={light}
        className="text-small text-ink-quiet"
      >
        {texts.connection[light]}
      </span>
      {upstream !== undefined && light === 'online' && <Upstream upstream={upstream} />}
      <span className="grow" />
      {onNewConversation !== undefined && (
        <IconButton name={texts.header.newConversation} onClick={onNewConversation}>
          <SquarePen size={16} aria-hidden />
        </IconButton>
      )}
      <ThemeButton />
    </header>
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
        className="rounded-sm border border-stone-3 px-1.5 font-mono text-[0.6875rem]/4.5 text-ink-quiet"
      >
        {demo ? texts.connection.demo : upstream.region}
      </button>
    </Hint>
  );
}
