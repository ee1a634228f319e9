/** One Server-Sent Event. */
export interface ServerSentEvent {
  readonly id: string;
  /** Its `event:` field; `message` when it has none. */
  readonly name: string;
  readonly data: string;
}

/** No line of ours is longer: an event is bounded, and what isn't one is not kept. */
const longestLine = 64 * 1024 * 1024;

/**
 * Reads a body as Server-Sent Events, until it ends. `heard` is called for every chunk, comments included: they are
 * the other side's heartbeat. Throws when the body breaks.
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void = () => {},
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let kept = 0;
  let fields = { id: '', name: 'message', data: [] as string[] };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      // What stands behind the last empty line was cut off: it is no event.
      if (done) return;
      heard();
      const text = decoder.decode(value, { stream: true });
      // A long line comes in many chunks: they are joined once, when its end is there.
      if (!text.includes('\n')) {
        rest.push(text);
        kept += text.length;
        if (kept > longestLine) throw new Error('line too long');
        continue;
      }
      const lines = (rest.join('') + text).split('\n');
      const tail = lines.pop() ?? '';
      rest = [tail];
      kept = tail.length;
      for (const raw of lines) {
        const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
        if (line === '') {
          if (fields.data.length > 0) yield { ...fields, data: fields.data.join('\n') };
          fields = { id: fields.id, name: 'message', data: [] };
          continue;
        }
        const [, field = '', content = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
        if (field === 'data') fields.data.push(content);
        else if (field === 'event') fields.name = content;
        else if (field === 'id') fields.id = content;
      }
    }
  } finally {
    // Whoever stops reading closes the connection.
    void reader.cancel().catch(() => {});
  }
}
