/**
 * Writes WebSocket text frames one after another into one buffer (RFC 6455, 5.2), so that a batch costs one write.
 * A server's frames are not masked:
 *
 *     0x81 (FIN, text) | length: 1 byte, or 126 and 2 bytes, or 127 and 8 bytes | UTF-8 text
 */
export function textFrames(texts: readonly string[]): Buffer {
  let room = 0;
  for (const text of texts) room += maxHead + text.length * maxBytesPerUnit;
  const frames = room <= scratch.length ? scratch : Buffer.allocUnsafe(room);
  let offset = 0;
  for (const text of texts) offset = writeFrame(frames, offset, text);
  // A copy of its own size: it may wait long for a slow reader.
  return Buffer.from(frames.subarray(0, offset));
}

/** What is written is written here first, where there is room for the most it may be. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

const maxHead = 10;
/** A UTF-16 unit is three bytes of UTF-8 at most: those of a pair are two each. */
const maxBytesPerUnit = 3;

/** Returns where the next frame begins. */
function writeFrame(frames: Buffer, offset: number, text: string): number {
  if (text.length < 126) {
    const end = writeShortAscii(frames, offset, text);
    if (end > 0) return end;
  }
  // How long the head is, the text's length says nearly always; only then it stands where it belongs at once.
  const guess = headLength(text.length);
  const length = frames.write(text, offset + guess);
  const head = headLength(length);
  if (head !== guess) frames.copyWithin(offset + head, offset + guess, offset + guess + length);
  frames[offset] = 0x81;
  if (head === 2) frames[offset + 1] = length;
  else if (head === 4) {
    frames[offset + 1] = 126;
    frames.writeUInt16BE(length, offset + 2);
  } else {
    frames[offset + 1] = 127;
    frames.writeUInt32BE(0, offset + 2);
    frames.writeUInt32BE(length, offset + 6);
  }
  return offset + head + length;
}

/** Most texts are a token: letter by letter they are written in less time than a call out of JavaScript takes. */
function writeShortAscii(frames: Buffer, offset: number, text: string): number {
  let place = offset + 2;
  for (let index = 0; index < text.length; index += 1, place += 1) {
    const letter = text.charCodeAt(index);
    if (letter > 127) return 0;
    frames[place] = letter;
  }
  frames[offset] = 0x81;
  frames[offset + 1] = text.length;
  return place;
}

function headLength(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}
