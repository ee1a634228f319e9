import { StreambedError } from '@streambed/protocol';
import { controlEndpoint, listProfiles } from './catalogue/control-plane.ts';
import type { Client } from './client.ts';
import { orAborted } from './deadlines.ts';
import { failureFromNetwork } from './errors/errors-from-network.ts';
import type { CallContext } from './errors/failure.ts';
import type { Authorization } from './http/credentials.ts';
import { Exchange } from './http/send.ts';
import type { ResponseHead } from './http/wire.ts';
import { listModels } from './models/list-models.ts';
import type { Target } from './models/resolve-model.ts';

/** One line of `streambed doctor`. */
export interface Check {
  /** What was looked at: `credentials`, `region`, `endpoint`, `clock`, `profiles`, `model <name>`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly message: string;
  /** The exact step that mends it. There whenever `ok` is false. */
  readonly remedy?: string;
}

/** Farther off than this and AWS refuses signatures. */
const maxSkewMs = 5 * 60_000;
const maxAnswerBytes = 64 * 1024;

/** Looks at everything a call needs, without calling a model: that would be billed. */
export async function* diagnose(client: Client, signal: AbortSignal): AsyncGenerator<Check, void, undefined> {
  const { region } = client.options;
  yield { name: 'region', ok: true, message: region };
  const authorization = await checkCredentials(client, signal);
  yield authorization.check;
  const reached = await reach(client, signal);
  yield reached.check;
  if (reached.head !== undefined) yield checkClock(reached.head, client.now());
  if (authorization.found === undefined || reached.head === undefined) return;
  const profiles = await checkProfiles(client, signal);
  yield profiles.check;
  if (profiles.ids === undefined) return;
  for (const listing of listModels(client.resolver())) {
    yield checkModel(listing.name, listing.target, region, profiles.ids);
  }
}

async function checkCredentials(
  client: Client,
  signal: AbortSignal,
): Promise<{ check: Check; found?: Authorization }> {
  try {
    const found = await orAborted(Promise.resolve(client.credentialsOf(ownTarget(client)).get()), signal);
    const message =
      found.kind === 'bearer'
        ? 'a Bedrock API key (AWS_BEARER_TOKEN_BEDROCK)'
        : `access key ${found.credentials.accessKeyId.slice(0, 4)}…${found.credentials.accessKeyId.slice(-4)}${until(found.credentials.expiration)}`;
    return { found, check: { name: 'credentials', ok: true, message } };
  } catch (thrown) {
    const { message } = StreambedError.from(thrown);
    return { check: { name: 'credentials', ok: false, message: 'none that work', remedy: message } };
  }
}

/** Any HTTP answer will do: one without a signature is refused, and that costs nothing. */
async function reach(client: Client, signal: AbortSignal): Promise<{ check: Check; head?: ResponseHead }> {
  const { origin, basePath } = client.endpointOf(ownTarget(client));
  const context = contextOf(client, origin);
  try {
    const call = { method: 'GET' as const, origin, path: `${basePath}/`, headers: {}, body: undefined };
    const { head } = await exchange(client, call, signal);
    return { head, check: { name: 'endpoint', ok: true, message: `${origin} answers` } };
  } catch (thrown) {
    const { error } = failureFromNetwork(thrown, context, false);
    return {
      check: { name: 'endpoint', ok: false, message: `${origin} can't be reached`, remedy: error.message },
    };
  }
}

function checkClock({ headers }: ResponseHead, now: number): Check {
  const theirs = Date.parse(headers.date ?? '');
  if (Number.isNaN(theirs)) return { name: 'clock', ok: true, message: 'the endpoint tells no time' };
  const skew = now - theirs;
  const message = `${Math.round(Math.abs(skew) / 1000)} s ${skew >= 0 ? 'ahead of' : 'behind'} the endpoint's`;
  return Math.abs(skew) < maxSkewMs
    ? { name: 'clock', ok: true, message }
    : {
        name: 'clock',
        ok: false,
        message,
        remedy: 'Set the clock (timedatectl set-ntp true): AWS refuses signatures that are five minutes off.',
      };
}

/** Which profile ids this account can call from here. */
async function checkProfiles(
  client: Client,
  signal: AbortSignal,
): Promise<{ check: Check; ids?: ReadonlySet<string> }> {
  const { region } = client.options;
  if (controlEndpoint(client, region) === undefined) {
    const message = 'not asked: no control-plane endpoint is set (AWS_ENDPOINT_URL_BEDROCK)';
    return { check: { name: 'profiles', ok: true, message } };
  }
  try {
    const profiles = await listProfiles(client, signal, ['SYSTEM_DEFINED']);
    const ids = new Set(profiles.map(({ id }) => id));
    return {
      ids,
      check: { name: 'profiles', ok: true, message: `${ids.size} inference profiles in ${region}` },
    };
  } catch (thrown) {
    const message = `the inference profiles of ${region} can't be listed`;
    return { check: { name: 'profiles', ok: false, message, remedy: StreambedError.from(thrown).message } };
  }
}

function checkModel(name: string, target: string, region: string, profiles: ReadonlySet<string>): Check {
  const isProfile = /^[a-z-]+\.[a-z0-9]+\./.test(target);
  if (!isProfile) return { name: `model ${name}`, ok: true, message: `${target}, on demand` };
  return profiles.has(target)
    ? { name: `model ${name}`, ok: true, message: target }
    : {
        name: `model ${name}`,
        ok: false,
        message: `${target} isn't offered in ${region}`,
        remedy: `Choose another region (AWS_REGION), or point the alias ${name} at a model that \`aws bedrock list-inference-profiles --region ${region}\` shows.`,
      };
}

async function exchange(
  client: Client,
  call: ConstructorParameters<typeof Exchange>[1],
  signal: AbortSignal,
): Promise<{ head: ResponseHead; body: string }> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(client.deadlines.connectMs * 2)]);
  const sent = new Exchange(client.wire, call, client.deadlines.connectMs);
  const onAbort = () => sent.abort(new StreambedError('SB_TIMEOUT_CONNECT'));
  bounded.addEventListener('abort', onAbort, { once: true });
  try {
    return { head: await sent.head, body: await sent.text(maxAnswerBytes) };
  } finally {
    bounded.removeEventListener('abort', onAbort);
  }
}

function ownTarget({ options }: Client): Target {
  return { id: '', region: options.region, account: undefined, model: { id: '', facts: undefined } };
}

function contextOf(client: Client, origin: string): CallContext {
  const { region } = client.options;
  return {
    target: 'the endpoint',
    model: '',
    region,
    action: 'bedrock:InvokeModel',
    host: new URL(origin).host,
    now: client.now(),
  };
}

function until(expiration: Date | undefined): string {
  return expiration === undefined ? '' : `, until ${expiration.toISOString()}`;
}
