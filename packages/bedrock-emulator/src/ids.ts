import type { Random } from './random.ts';
import type { ToolIds } from './turn.ts';

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';
const hex = '0123456789abcdef';

/** `msg_bdrk_01…` as recorded on all Claude models up to 4.6. */
export function messageId(random: Random): string {
  return `msg_bdrk_01${random.text(base58, 22)}`;
}

/** The longer id recorded on Opus 4.8: 52 characters of base 32. */
export function longMessageId(random: Random): string {
  return `msg_bdrk_${random.text(base32, 52)}`;
}

/** `toolu_bdrk_01…` as recorded. */
function toolUseId(random: Random): string {
  return `toolu_bdrk_01${random.text(base58, 22)}`;
}

const base62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The id of a tool call in other bodies than Claude's, all as recorded. `nth` counts the calls of one answer. */
export function toolIdOf(style: ToolIds | undefined, name: string, nth: number, random: Random): string {
  switch (style) {
    case 'tooluse':
      return `tooluse_${random.text(base62, 22)}`;
    case 'functions':
      return `functions.${name}:${nth}`;
    case 'uuid':
      return uuid(random);
    case 'chatcmpl-tool':
      return `chatcmpl-tool-${random.text(hex, 32)}`;
    case undefined:
      return toolUseId(random);
  }
}

/** A version 4 UUID, for `x-amzn-RequestId`. */
export function uuid(random: Random): string {
  const digits = random.text(hex, 32);
  const variant = '89ab'[Number.parseInt(digits.charAt(16), 16) & 3];
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}
