import { controlEndpoint } from './catalogue/control-plane.ts';
import type { Client } from './client.ts';
import { OpaqueModel } from './models/resolve-model.ts';

/** Whether `error` is an ARN that the control plane can be asked about. */
export function canLookUp(error: unknown, client: Client): error is OpaqueModel {
  return (
    error instanceof OpaqueModel && error.canBeLookedUp && controlEndpoint(client, error.region) !== undefined
  );
}

/**
 * What `resolve` comes to, once the control plane was asked about every opaque ARN on its way: each target of an alias
 * may be one. Throws what `resolve` throws, what the look-up failed with, or `signal.reason`.
 */
export async function withLookUps<T>(resolve: () => T, client: Client, signal: AbortSignal): Promise<T> {
  const asked = new Set<string>();
  for (;;) {
    try {
      return resolve();
    } catch (error) {
      if (!canLookUp(error, client)) throw error;
      const key = `${error.account ?? ''} ${error.arn}`;
      if (asked.has(key)) throw error;
      asked.add(key);
      await client.arns.lookUp(error, signal);
    }
  }
}
