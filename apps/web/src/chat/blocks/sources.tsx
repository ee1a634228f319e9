import { Link } from '../../markdown/links.tsx';
import { texts } from '../../texts.ts';
import type { Source } from '../answer-parts.ts';

/** What a text leans on, with the words it was taken from. */
export function Sources({ id, sources }: { readonly id: string; readonly sources: readonly Source[] }) {
  return (
    <section aria-label={texts.blocks.sources} className="mt-4 text-small">
      <ol className="grid gap-2">
        {sources.map(({ title, place, quote, url }, at) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: sources are numbered by their places.
            key={at}
            id={`${id}-${at + 1}`}
            tabIndex={-1}
            className="grid grid-cols-[1.25rem_1fr] rounded-lg focus:outline-2 focus:outline-flow"
          >
            <span className="font-mono text-meter text-flow">{at + 1}</span>
            <div>
              <p className="text-ink-quiet">
                <span className="font-medium text-ink [&_a]:underline [&_a]:underline-offset-4">
                  {url === undefined ? title : <Link address={url}>{title}</Link>}
                </span>
                {place !== '' && ` · ${place}`}
              </p>
              {quote !== '' && <blockquote className="line-clamp-3 text-ink-quiet">“{quote}”</blockquote>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
