/**
 * Sealed thinking. Messages carries Claude's own text (`data`), Converse a blob in base64 (`redactedContent`), and on
 * recorded answers the blob is that text. So what decodes to plain ASCII is Claude's text; anything else stays base64
 * and says so, to go back as it came.
 */
export function fromRedactedContent(base64: string): { data: string; bedrock?: { encoding: 'base64' } } {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('latin1');
  const plain = /^[\x20-\x7e]+$/.test(text) && bytes.toString('base64') === base64;
  return plain ? { data: text } : { data: base64, bedrock: { encoding: 'base64' } };
}

/** The way back of {@link fromRedactedContent}. */
export function toRedactedContent(data: string, encoding: unknown): string {
  return encoding === 'base64' ? data : Buffer.from(data, 'utf8').toString('base64');
}
