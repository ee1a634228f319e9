import { setImmediate as nextTurn } from 'node:timers/promises';
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
    case 'delivery':
      exchange.head(200, sized);
      if (fault.how === 'together') exchange.end(answer);
      else {
        await sendPieces(exchange, answer, fault);
        exchange.end();
      }
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
    case 'unknown':
    case 'huge':
    case 'skew':
    case 'error':
    case 'exception':
      // Nothing of these is in a whole body, or they were thrown before.
      exchange.head(200, sized);
      exchange.end(answer);
      return;
  }
}

/** Sends bytes a few at a time, each few in a write of its own, with time for it to leave alone. */
export async function sendPieces(
  exchange: Exchange,
  bytes: Uint8Array,
  delivery: Extract<Fault, { type: 'delivery' }>,
): Promise<void> {
  const size = delivery.how === 'bytes' ? 1 : Math.max(1, delivery.bytes ?? 20);
  for (let start = 0; start < bytes.length; start += size) {
    await exchange.send(bytes.subarray(start, start + size));
    if (delivery.how === 'drip') await exchange.wait(delivery.ms ?? 50);
    else await nextTurn();
  }
}
