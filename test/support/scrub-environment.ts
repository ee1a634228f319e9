/**
 * Tests never see the machine's AWS account, proxies or Streambed settings: whatever a test needs of these it sets itself.
 * `STREAMBED_RECORDINGS` and `STREAMBED_CHROMIUM` say where test material is, and stay.
 */
const kept = new Set(['STREAMBED_RECORDINGS', 'STREAMBED_CHROMIUM']);

for (const name of Object.keys(process.env)) {
  const scrubbed =
    /^(AWS|STREAMBED|OTEL)_/.test(name) ||
    ['PORT', 'HOST', 'DATABASE_URL', 'VALKEY_URL'].includes(name) ||
    /^(HTTPS?|NO|ALL)_PROXY$/i.test(name);
  if (scrubbed && !kept.has(name)) delete process.env[name];
}
process.env.AWS_EC2_METADATA_DISABLED = 'true';
process.env.AWS_CONFIG_FILE = '/dev/null';
process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';
