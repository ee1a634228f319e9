import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';

/** Sends a whole answer with its length, or spoilt by a fault. Errors and exceptions are thrown before this. */
export async function sendWhole(
  exchange: Exchange,
  headers: Record<string, string>,
  answer: Buffer,
  fault: Fault | undefined,
): Promise<void> {
  if (fault !== undefined) {
    await sendSpoiled(exchange, headers, answer, fault);
    return;
  }
  exchange.head(200, { ...headers, 'Content-Length': String(answer.length) });
  exchange.end(answer);
}

/** A whole JSON answer. */
export function sendJson(exchange: Exchange, value: unknown, fault?: Fault): Promise<void> {
  const answer = Buffer.from(JSON.stringify(value), 'utf8');
  return sendWhole(exchange, { 'Content-Type': 'application/json' }, answer, fault);
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
