import type { Turn } from '@streambed/client';
import { texts } from '../texts.ts';

/**
 * Tells a screen reader, in a few words, how the answer goes. Tokens themselves are not announced, they would drown
 * everything; failures announce themselves.
 */
export function Announcer({ turn }: { readonly turn: Turn | undefined }) {
  return (
    <p aria-live="polite" className="sr-only">
      {turn === undefined ? '' : said(turn)}
    </p>
  );
}

function said({ answer: { phase } }: Turn): string {
  return phase === 'failed' || phase === 'interrupted' ? '' : texts.phase[phase];
}
