import { createStore } from '@streambed/client';
import type { Conversations, HeldConversation } from '@streambed/client/conversations';
import type { Asking } from '../asking/asking.ts';
import type { Line } from '../doctor/line.ts';
import type { ModelState } from '../models/model-store.ts';
import type { PresetStore } from '../settings/preset-store.ts';

/** What the commands of the page act on, as of now. */
export interface PageScope {
  readonly conversation: HeldConversation;
  readonly asking: Asking;
  readonly line: Line;
  readonly models: ModelState;
  readonly model: string;
  readonly conversations: Conversations;
  readonly presets: PresetStore;
  open(conversation: string): void;
  newConversation(): void;
  focus(): void;
  /** Stops what is on its way where one looks. */
  stop(): void;
  chooseModel(): void;
}

/** It as the page last rendered; `undefined` before that. */
export const pageScope = createStore<PageScope | undefined>(undefined);
