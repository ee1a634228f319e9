import type { ConversationItem } from '@streambed/client/conversations';
import { useReadable } from '@streambed/client/react';
import { Search, SquarePen, X } from 'lucide-react';
import { useMemo } from 'react';
import { place } from '../shell/address.ts';
import type { Chats } from '../shell/chats.ts';
import { keysText } from '../shell/mod-key.ts';
import { usePage } from '../shell/page-context.ts';
import { shortcuts } from '../shell/shortcuts.ts';
import { railTexts } from '../texts/rail.ts';
import { texts } from '../texts.ts';
import { groupByDay, type RailRow } from './group-by-day.ts';
import type { RowActions } from './rail-row.tsx';
import { RailRows } from './rail-rows.tsx';

/** Everything in the rail: a new conversation, a search, the list, and the way back from a deletion. */
export default function RailContent(props: {
  readonly chats: Chats;
  readonly onNewConversation: () => void;
  /** A conversation was chosen. */
  readonly onChosen: () => void;
}) {
  const { chats, onChosen } = props;
  const { list, conversations } = usePage();
  const { items, ready } = useReadable(conversations);
  const { query, found, removed, failure } = useReadable(list);
  const { id } = useReadable(chats);
  const shown = useReadable(place) === 'conversation' ? id : '';
  const rows = useRows(items, query, found);
  const actions = useMemo<RowActions>(
    () => ({
      open: (id) => {
        chats.open(id);
        onChosen();
      },
      rename: list.rename,
      pin: list.pin,
      exportAs: (item, format) => void chats.exportAs(item, format).catch(list.failed),
      remove: (item) => {
        list.remove(item);
        if (chats.get().id === item.id) chats.startNew();
      },
    }),
    [chats, list, onChosen],
  );
  const words = railTexts;
  return (
    <>
      <div className="flex-none px-2 pt-2">
        <button
          type="button"
          onClick={() => {
            props.onNewConversation();
            onChosen();
          }}
          className="quiet-button w-full justify-start px-2.5 text-ink"
        >
          <SquarePen size={15} aria-hidden />
          <span className="grow text-left">{texts.header.newConversation}</span>
          <kbd aria-hidden className="font-mono text-[0.6875rem] text-ink-quiet pointer-coarse:hidden">
            {keysText(shortcuts.newConversation)}
          </kbd>
        </button>
        <label className="mt-1 flex h-8 items-center gap-1.5 rounded-lg px-2.5 text-ink-quiet focus-within:bg-stone-1 hover:bg-stone-1">
          <Search size={15} aria-hidden className="flex-none" />
          <input
            type="search"
            aria-label={words.search}
            placeholder={words.search}
            value={query}
            onChange={({ target }) => list.search(target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape' || query === '') return;
              event.preventDefault();
              list.search('');
            }}
            className="min-w-0 grow appearance-none bg-transparent text-ink [&::-webkit-search-cancel-button]:hidden outline-none placeholder:text-ink-quiet max-sm:text-body"
          />
          {query !== '' && (
            <button
              type="button"
              aria-label={words.clearSearch}
              onClick={() => list.search('')}
              className="quiet-button -mr-1.5 min-h-6 min-w-6 px-0"
            >
              <X size={13} aria-hidden />
            </button>
          )}
        </label>
      </div>
      {rows.length === 0 ? (
        <p className="grow px-4.5 pt-5 text-small text-ink-quiet">
          {!ready ? words.loading : query === '' ? words.empty : words.nothingFound(query)}
        </p>
      ) : (
        <RailRows rows={rows} shown={shown} actions={actions} onNearEnd={list.more} />
      )}
      <div role="status" className="flex-none">
        {removed !== undefined && (
          <p className="m-2 flex items-center gap-2 rounded-lg bg-stone-1 py-1 pr-1 pl-3 text-small">
            <span className="min-w-0 grow truncate">{words.removed(removed.title)}</span>
            <button type="button" onClick={list.undo} className="quiet-button flex-none text-small text-flow">
              {words.undo}
            </button>
          </p>
        )}
        {failure !== undefined && (
          <p className="m-2 rounded-lg border border-warn px-3 py-1.5 text-small text-warn">
            {words.failed(failure)}
          </p>
        )}
      </div>
    </>
  );
}

/** The list by days; or, where something is looked for, what is found: by title at once, by content a moment later. */
function useRows(
  items: readonly ConversationItem[],
  query: string,
  found: readonly ConversationItem[] | undefined,
): readonly RailRow[] {
  return useMemo(() => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return groupByDay(items, Date.now());
    const kept = new Map(items.map((item) => [item.id, item]));
    const byTitle = items.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
    const byContent = (found ?? []).flatMap(({ match, ...item }) => {
      if (!kept.has(item.id)) return [];
      // What the title says already isn't said twice.
      const news = match?.turn !== undefined && match.text !== item.title;
      return [{ ...item, ...(news && { match }) }];
    });
    const ids = new Set(byContent.map(({ id }) => id));
    return groupByDay([...byContent, ...byTitle.filter(({ id }) => !ids.has(id))], Date.now());
  }, [items, query, found]);
}
