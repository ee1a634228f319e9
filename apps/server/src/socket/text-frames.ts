/**
 * Writes WebSocket text frames one after another into one buffer (RFC 6455, 5.2), so that a batch costs one write.
 * A server's frames are not masked:
 *
 *     0x81 (FIN, text) | length: 1 byte, or 126 and 2 bytes, or 127 and 8 bytes | UTF-8 text
 */
export function textFrames(texts: readonly string[]): Buffer {
  let total = 0;
  for (const text of texts) total += frameLength(Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(total);
  let offset = 0;
  for (const text of texts) {
    const length = Buffer.byteLength(text);
    frames[offset] = 0x81;
    if (length < 126) {
      frames[offset + 1] = length;
      offset += 2;
    } else if (length < 65_536) {
      frames[offset + 1] = 126;
      frames.writeUInt16BE(length, offset + 2);
      offset += 4;
    } else {
      frames[offset + 1] = 127;
      frames.writeUInt32BE(0, offset + 2);
      frames.writeUInt32BE(length, offset + 6);
      offset += 10;
    }
    offset += frames.write(text, offset);
  }
  return frames;
}

function frameLength(length: number): number {
  return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
}
