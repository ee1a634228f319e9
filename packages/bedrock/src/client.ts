import type { OfferSource } from './catalogue/offer-source.ts';
import type { OpaqueArns } from './catalogue/opaque-arns.ts';
import type { Refusals } from './catalogue/refusals.ts';
import type { Deadlines } from './deadlines.ts';
import type { CredentialSource } from './http/credentials.ts';
import type { Endpoint } from './http/endpoint.ts';
import type { RetryBudget } from './http/retry.ts';
import type { Wire } from './http/wire.ts';
import type { ResolverOptions, Target } from './models/resolve-model.ts';
import type { BedrockOptions } from './options.ts';
import type { Health } from './targets/health.ts';

/** What all generations of one client share. */
export interface Client {
  readonly options: BedrockOptions;
  /** What requests are sent with. */
  readonly wire: Wire;
  readonly deadlines: Deadlines;
  readonly retry: { readonly attempts: number; readonly maxDelayMs: number; readonly budget: RetryBudget };
  readonly now: () => number;
  readonly random: () => number;
  /** Where calls of `target` go. */
  endpointOf(target: Target): Endpoint;
  /** What calls of `target` are authorised with. */
  credentialsOf(target: Target): CredentialSource;
  /** What names are resolved with: what is known of models now. */
  resolver(more?: Pick<ResolverOptions, 'account' | 'use'>): ResolverOptions;
  readonly offers: OfferSource;
  readonly arns: OpaqueArns;
  readonly refusals: Refusals;
  /** How the targets do. */
  readonly health: Health;
  /** Takes one of the upstream connections; `undefined` when all are taken. */
  takeSlot(): Disposable | undefined;
}
