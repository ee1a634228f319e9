import type { Migration } from 'kysely/migration';
import * as conversations from './0001-conversations.ts';
import * as responses from './0003-responses.ts';
import * as access from './0004-access.ts';
import * as usage from './0005-usage.ts';

/** Every step from nothing to what this version needs, in order. What stands here has run somewhere: add, don't change. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-conversations': conversations,
  '0003-responses': responses,
  '0004-access': access,
  '0005-usage': usage,
};
