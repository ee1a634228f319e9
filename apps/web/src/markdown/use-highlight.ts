import { useEffect, useState } from 'react';
import { type Highlighter, type Line, loadHighlighter } from './highlighter.ts';

/** The code's lines in colour, or undefined where they can't be (yet). */
export function useHighlight(code: string, language: string): readonly Line[] | undefined {
  // In an object: React would call a bare function.
  const [ready, setReady] = useState<{ readonly highlight: Highlighter }>();
  useEffect(() => {
    let current = true;
    setReady(undefined);
    loadHighlighter(language).then(
      (highlight) => current && setReady({ highlight }),
      // No grammar: the code stays plain, which is how it is shown already.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [language]);
  return ready?.highlight(code);
}
