import { useEffect, useState } from 'react';
import { writeClipboard } from './write-clipboard.ts';

const saidMs = 2_000;

/** A copy, and whether it was made in the last two seconds. */
export function useCopied(text: () => string): { readonly copied: boolean; readonly copy: () => void } {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), saidMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    if (await writeClipboard(text())) setCopied(true);
  };
  return { copied, copy };
}
