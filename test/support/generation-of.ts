import type { ReceivedRequest } from '@streambed/bedrock-emulator';

/** The generation that a request to Bedrock names in its metadata. */
export function generationOf({ headers, body }: ReceivedRequest): string {
  const inBody = (JSON.parse(body) as { requestMetadata?: unknown }).requestMetadata;
  const metadata = inBody ?? JSON.parse(headers['x-amzn-bedrock-request-metadata'] ?? '{}');
  return String((metadata as { streambed_generation?: unknown }).streambed_generation);
}
