import { test } from 'vitest';
import { type commonFeatures, type Outcome, testNameOf } from './declared-feature.ts';

/**
 * A test with an official client that is also a line of docs/client-matrix.md: `run` passes exactly when the page may say
 * so. `client` is the client's package, or several (`ai with @ai-sdk/openai`): the page adds the installed versions.
 * `name` is one of `commonFeatures`, or words for what only this client has. The page is written by `npm run docs` from
 * the tests that vitest finds in this folder, never by hand.
 */
export function feature(
  client: string,
  // The `& {}` keeps the common names in an editor's list while any other name is allowed.
  name: (typeof commonFeatures)[number] | (string & Record<never, never>),
  outcome: Outcome,
  run: () => Promise<void>,
  timeout?: number,
): void {
  test(testNameOf({ client, name, outcome }), run, timeout);
}
