import type { Migration } from 'kysely/migration';
import { up as conversations } from './0001-conversations.ts';
import { up as responses } from './0003-responses.ts';
import { up as access } from './0004-access.ts';
import { up as usage } from './0005-usage.ts';
import { up as shortSearches } from './0006-short-searches.ts';
import { up as presets } from './0007-presets.ts';

/** Every step from nothing to what this version needs, in order. What stands here has run somewhere: add, don't change. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-conversations': { up: conversations },
  '0003-responses': { up: responses },
  '0004-access': { up: access },
  '0005-usage': { up: usage },
  '0006-short-searches': { up: shortSearches },
  '0007-presets': { up: presets },
};
