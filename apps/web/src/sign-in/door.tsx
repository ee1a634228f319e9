import { useReadable } from '@streambed/client/react';
import { lazy, type ReactNode, Suspense } from 'react';
import { usePage } from '../shell/page-context.ts';
import { loadPart } from '../ui/load.tsx';

const SignIn = lazy(() => loadPart(async () => ({ default: (await import('./sign-in.tsx')).SignIn })));

/** The page, or the sign-in screen where nothing of it would be answered. */
export function Door({ children }: { readonly children: ReactNode }) {
  const { session } = usePage();
  const out = useReadable(session, ({ state }) => state === 'signed_out');
  if (!out) return children;
  return (
    <Suspense>
      <SignIn session={session} />
    </Suspense>
  );
}
