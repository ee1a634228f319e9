import { useEffect, useState } from 'react';

/**
 * For who sends before the page knows its models and its conversation: what they sent goes out once it can. Gives the way
 * to say so. Whoever writes on has not sent it yet.
 */
export function useEarlySend(draft: string, ready: boolean, send: () => void): () => void {
  const [early, setEarly] = useState<string>();
  const due = ready && early === draft;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `send` is another one with each rendering; it goes out once.
  useEffect(() => {
    if (!due) return;
    setEarly(undefined);
    send();
  }, [due]);
  return () => setEarly(draft === '' ? undefined : draft);
}
