import { onTestFinished } from 'vitest';
import type { Random } from '../../../test/support/random.ts';
import {
  type Exchange,
  type ReplayedRequest,
  startReplayServer,
} from '../../../test/support/replay-server.ts';
import type { BedrockOptions } from '../src/index.ts';
import { clientAt } from './run.ts';

/** A server that answers as it is told and a client of ours before it; both end with the test. */
export async function startReplayed(
  answer: (request: ReplayedRequest) => Exchange | undefined,
  options: Partial<BedrockOptions> = {},
  random?: Random,
) {
  const server = await startReplayServer({ answer, ...(random !== undefined && { random }) });
  const bedrock = clientAt(server.url, options);
  onTestFinished(async () => {
    await bedrock.close();
    await server[Symbol.asyncDispose]();
  });
  return { server, bedrock };
}
