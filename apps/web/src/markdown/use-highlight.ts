import { useEffect, useRef, useState } from 'react';
import { type HighlightJob, knownLines, startHighlight } from './highlight-jobs.ts';
import type { Line } from './highlighter-messages.ts';
import { languageOf } from './languages.ts';

/** The code's lines in colour, as far as they are; undefined where there are none (yet). */
export function useHighlight(code: string, word: string): readonly Line[] | undefined {
  const language = languageOf(word);
  const [lines, setLines] = useState(() => (language === undefined ? undefined : knownLines(language, code)));
  const job = useRef<HighlightJob>(undefined);
  const done = useRef(lines === undefined ? undefined : code);

  useEffect(() => {
    if (language === undefined || done.current === code) return;
    job.current ??= startHighlight(language, setLines);
    job.current.update(code);
  }, [code, language]);
  useEffect(
    () => () => {
      job.current?.end();
      job.current = undefined;
    },
    [],
  );
  return lines;
}
