import { encodeMessage } from '@streambed/event-stream';

/**
 * The frame with which a Bedrock stream ends where it can't go on, for callers that speak Bedrock. `type` is an
 * exception's name as frames write it, `throttlingException`.
 */
export function exceptionFrame(type: string, message: string): Uint8Array {
  const text = (value: string) => ({ type: 'string', value }) as const;
  return encodeMessage({
    headers: {
      ':exception-type': text(type),
      ':content-type': text('application/json'),
      ':message-type': text('exception'),
    },
    body: Buffer.from(JSON.stringify({ message })),
  });
}
