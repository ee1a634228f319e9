import type { ModelFacts } from '@streambed/model-facts';
import type { Core } from '../core.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import type { ReceivedRequest } from '../ledger.ts';
import { echoedHeaders, type Prepared, prepare, throwFault } from './prepare.ts';

/** InvokeModel: the whole answer at once, when the model would have written it. */
export async function invoke(
  exchange: Exchange,
  core: Core,
  received: ReceivedRequest,
  model: ModelFacts,
  forced: Fault | undefined,
): Promise<void> {
  const prepared = prepare(core, received, model, forced);
  const { body, turn, completion, clock, seed, fault } = prepared;
  throwFault(exchange, fault, false);

  const answer = Buffer.from(body.answer(turn, completion, seed.for('ids')), 'utf8');
  clock.advance(0);
  const due = clock.advance(completion.outputTokens);
  if (due > 0) await exchange.wait(due);

  const headers = { ...answerHeaders(prepared), ...echoedHeaders(received) };
  if (fault === undefined) {
    exchange.head(200, { ...headers, 'Content-Length': String(answer.length) });
    exchange.end(answer);
  } else await sendSpoiled(exchange, headers, answer, fault);
}

function answerHeaders({ body, turn, completion, clock }: Prepared): Record<string, string> {
  const counts = body.counts(turn, completion);
  return {
    'Content-Type': 'application/json',
    'X-Amzn-Bedrock-Invocation-Latency': String(clock.latencyMs),
    'X-Amzn-Bedrock-Input-Token-Count': String(counts.input),
    'X-Amzn-Bedrock-Output-Token-Count': String(counts.output),
    ...(counts.cacheRead === undefined
      ? {}
      : { 'X-Amzn-Bedrock-Cache-Read-Input-Token-Count': String(counts.cacheRead) }),
    ...(counts.cacheWrite === undefined
      ? {}
      : { 'X-Amzn-Bedrock-Cache-Write-Input-Token-Count': String(counts.cacheWrite) }),
  };
}

async function sendSpoiled(
  exchange: Exchange,
  headers: Record<string, string>,
  answer: Buffer,
  fault: Fault,
): Promise<void> {
  const sized = { ...headers, 'Content-Length': String(answer.length) };
  const half = answer.subarray(0, answer.length >> 1);
  switch (fault.type) {
    case 'stall':
      if (fault.after !== 'headers') {
        exchange.head(200, sized);
        exchange.flush();
      }
      await exchange.wait(fault.ms, fault.until);
      if (fault.after === 'headers') exchange.head(200, sized);
      exchange.end(answer);
      return;
    case 'empty':
      exchange.faulted = true;
      exchange.head(200, { ...headers, 'Content-Length': '0' });
      exchange.end();
      return;
    case 'corrupt':
      exchange.faulted = true;
      exchange.head(200, sized);
      exchange.end(Buffer.concat([Buffer.from('~'), answer.subarray(1)]));
      return;
    case 'cut': {
      if (fault.at === 'headers') {
        exchange.cut();
        return;
      }
      const sent = fault.at === 'mid-frame' ? half : answer.subarray(0, -1);
      exchange.faulted = true;
      // A body that ends properly too early can't have announced its length.
      exchange.head(200, fault.clean === true ? headers : sized);
      if (fault.clean === true) exchange.end(sent);
      else exchange.cut(sent);
      return;
    }
  }
}
