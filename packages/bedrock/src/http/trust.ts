import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/**
 * Whom TLS connections trust: Node's own certificates (NODE_EXTRA_CA_CERTS among them) and those of `caBundle` (PEM).
 * Made when first asked for, and once: with a bundle, reading all certificates takes longer than ten handshakes.
 */
export function createTrust(caBundle: string | undefined): () => SecureContext {
  let context: SecureContext | undefined;
  return () => {
    context ??= createSecureContext(
      caBundle === undefined ? {} : { ca: [...getCACertificates('default'), caBundle] },
    );
    return context;
  };
}
