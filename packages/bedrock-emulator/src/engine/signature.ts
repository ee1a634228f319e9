import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Random } from '../random.ts';

// Not a secret: it tells what an emulator made from everything else, in every process and over restarts.
const key = 'the thoughts of a local Bedrock';
// The bytes that recorded signatures begin with: a field's tag and its length.
const head = Buffer.from([0x12, 0xd9, 0x01]);
const fillerBytes = 187;
const macBytes = 32;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The signature of a thinking block: opaque, shaped like a recorded one, and made for this text alone. */
export function signThinking(text: string, random: Random): string {
  return seal(text, random).toString('base64');
}

/** Whether a signature was made by an emulator, for this text. */
export function isOwnSignature(signature: string, text: string): boolean {
  return isSealed(Buffer.from(signature, 'base64'), text);
}

/** The data of a redacted thinking block: base64, as Claude's own body has it. */
export function sealThinking(random: Random): string {
  return seal('\0redacted', random).toString('base64');
}

export function isOwnRedaction(data: string): boolean {
  return isSealed(Buffer.from(data, 'base64'), '\0redacted');
}

function seal(text: string, random: Random): Buffer {
  const start = Buffer.concat([head, Buffer.from(random.text(alphabet, fillerBytes), 'latin1')]);
  return Buffer.concat([start, mac(start, text)]);
}

function isSealed(bytes: Buffer, text: string): boolean {
  if (bytes.length !== head.length + fillerBytes + macBytes) return false;
  const start = bytes.subarray(0, -macBytes);
  return timingSafeEqual(bytes.subarray(-macBytes), mac(start, text));
}

function mac(start: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(start).update(text).digest();
}
