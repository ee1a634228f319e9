import { useReadable } from '@streambed/client/react';
import { usePage } from '../shell/page-context.ts';
import { settingsTexts } from '../texts/settings.ts';

/** Who is signed in, and the way out; nothing where nobody has to be. */
export function SignedIn() {
  const { session } = usePage();
  const who = useReadable(session);
  const { page: words } = settingsTexts;
  if (who.state !== 'signed_in') return null;
  return (
    <p className="flex items-center justify-between gap-2 border-t border-stone-2 pt-5 text-small">
      <span className="min-w-0 truncate">{words.signedIn(who.name)}</span>
      <button
        type="button"
        className="plain-button flex-none"
        onClick={() => void session.signOut().catch(() => undefined)}
      >
        {words.signOut}
      </button>
    </p>
  );
}
