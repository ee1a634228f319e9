/** A mistake in the configuration: the start stops, and its message is the one line that says why. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
