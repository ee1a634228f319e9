import type { Readable } from '@streambed/client';
import type { Conversations } from '@streambed/client/conversations';
import { createContext, use } from 'react';
import type { Line } from '../doctor/line.ts';
import type { ModelState } from '../models/model-store.ts';
import type { RailList } from '../rail/rail-list.ts';
import type { PresetStore } from '../settings/preset-store.ts';
import type { Session } from '../sign-in/session.ts';

/** What there is one of on a page. */
export interface PageParts {
  readonly line: Line;
  readonly models: Readable<ModelState>;
  /** The conversations that the server keeps, and what the rail knows beside. */
  readonly conversations: Conversations;
  readonly list: RailList;
  /** What is kept under names for questions. */
  readonly presets: PresetStore;
  /** Who this browser is to the server. */
  readonly session: Session;
  /** Where the server's root is, with a slash at its end. */
  readonly base: string;
}

export const PageContext = createContext<PageParts | undefined>(undefined);

/** The parts of this page; throws outside of one. */
export function usePage(): PageParts {
  const parts = use(PageContext);
  if (parts === undefined) throw new Error('usePage: there is no page above this component.');
  return parts;
}
