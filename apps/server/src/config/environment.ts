import type { Given } from './arguments.ts';
import { ConfigError } from './config-error.ts';
import { nearMiss } from './near-miss.ts';
import { settings } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of ours that the server is not told by: the tests' material, and the bundler's. */
const notForTheServer = ['STREAMBED_RECORDINGS', 'STREAMBED_CHROMIUM', 'STREAMBED_BUILD_VERSION'];

const ours = new Set(['STREAMBED_CONFIG', ...settings.flatMap(({ variables }) => variables)]);

/** What each setting is given by the environment, by its key. An empty variable counts as not set. */
export function readEnvironment(env: Environment): ReadonlyMap<string, Given> {
  for (const name of Object.keys(env)) refuseUnknown(name);
  refuseUnsupported(env);
  const given = new Map<string, Given>();
  for (const { key, variables } of settings) {
    const name = variables.find((variable) => (env[variable] ?? '') !== '');
    if (name !== undefined) given.set(key, { value: env[name], source: `the variable ${name}` });
  }
  return given;
}

function refuseUnknown(name: string): void {
  if (!name.startsWith('STREAMBED_') || ours.has(name) || notForTheServer.includes(name)) return;
  const near = nearMiss(
    name,
    [...ours].filter((variable) => variable.startsWith('STREAMBED_')),
  );
  const hint = near === undefined ? 'unset it' : `did you mean ${near}?`;
  throw new ConfigError(`there is no variable ${name}; ${hint}`);
}

function refuseUnsupported(env: Environment): void {
  const telemetryOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true';
  for (const [name, value = ''] of Object.entries(env)) {
    const asked =
      name === 'DATABASE_URL' || name === 'VALKEY_URL' || (!telemetryOff && turnsTelemetryOn(name, value));
    if (asked && value !== '')
      throw new ConfigError(`${name} is not supported yet; unset it to start without`);
  }
}

/** Others of OpenTelemetry's variables only describe (OTEL_SERVICE_NAME), and may stay set. */
function turnsTelemetryOn(name: string, value: string): boolean {
  if (/^OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT$/.test(name)) return true;
  return /^OTEL_(TRACES|METRICS|LOGS)_EXPORTER$/.test(name) && value.toLowerCase() !== 'none';
}
