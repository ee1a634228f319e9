import { isFields } from './bodies/problems.ts';
import type { Exchange } from './exchange.ts';
import type { FaultRule, FaultRules } from './fault-rules.ts';
import type { Ledger, ReceivedRequest } from './ledger.ts';
import type { EmulatorLimits, Quotas } from './quotas.ts';

/** What the control API looks at and changes. */
export interface Controlled {
  readonly ledger: Ledger;
  readonly rules: FaultRules;
  readonly quotas: Quotas;
}

const maxBodyBytes = 1_000_000;
const shownRequests = 100;
const secrets = new Set(['authorization', 'x-amz-security-token', 'cookie']);

/** No AWS operation begins like this. */
export function isControlPath(path: string): boolean {
  return path === '/_emulator' || path.startsWith('/_emulator/');
}

/**
 * The control API: what the emulator has received and has open, and faults and limits to set while it runs. JSON in and
 * out, no credentials. Pages of other sites are refused, because a browser would let them post here.
 */
export async function control(exchange: Exchange, controlled: Controlled): Promise<void> {
  const body = await exchange.readBody(maxBodyBytes);
  const answer =
    exchange.headers.origin === undefined
      ? answerTo(exchange, body, controlled)
      : refuse(403, 'The control API is not for web pages.');
  const bytes = Buffer.from(JSON.stringify(answer.json), 'utf8');
  exchange.head(answer.status, {
    'Content-Type': 'application/json',
    'Content-Length': String(bytes.length),
  });
  exchange.end(bytes);
}

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

function answerTo(
  exchange: Exchange,
  body: Buffer | undefined,
  { ledger, rules, quotas }: Controlled,
): Answer {
  const { method, path } = exchange;
  const id = /^\/_emulator\/faults\/([^/]+)$/.exec(path)?.[1];
  switch (`${method} ${id === undefined ? path : '/_emulator/faults/{id}'}`) {
    case 'GET /_emulator/state':
      return ok({
        // This request is open too.
        open: ledger.open - 1,
        received: ledger.total,
        faults: rules.list(),
        limits: quotas.limits,
      });
    case 'GET /_emulator/usage':
      return ok(ledger.counts);
    case 'GET /_emulator/requests':
      return ok({
        received: ledger.total,
        requests: ledger.requests.slice(-shownRequests).map(withoutSecrets),
      });
    case 'DELETE /_emulator/requests':
      ledger.forget();
      return ok({ received: ledger.total, requests: [] });
    case 'GET /_emulator/faults':
      return ok({ faults: rules.list() });
    case 'POST /_emulator/faults': {
      const rule = readRule(body);
      if (typeof rule === 'string') return refuse(400, rule);
      const added = rules.add(rule);
      return typeof added === 'string' ? refuse(400, added) : { status: 201, json: { ...added, ...rule } };
    }
    case 'DELETE /_emulator/faults':
      rules.remove();
      return ok({ faults: [] });
    case 'DELETE /_emulator/faults/{id}':
      return rules.remove(id)
        ? ok({ faults: rules.list() })
        : refuse(404, `There is no fault ${id}. GET /_emulator/faults lists them.`);
    case 'PUT /_emulator/limits': {
      const limits = readLimits(body);
      if (typeof limits === 'string') return refuse(400, limits);
      quotas.limits = limits;
      return ok({ limits });
    }
    default:
      return refuse(
        404,
        `The control API has no ${method} ${path}. It has GET /_emulator/state, GET /_emulator/usage, GET and DELETE /_emulator/requests, GET, POST and DELETE /_emulator/faults, DELETE /_emulator/faults/{id}, PUT /_emulator/limits.`,
      );
  }
}

function ok(json: unknown): Answer {
  return { status: 200, json };
}

function refuse(status: number, message: string): Answer {
  return { status, json: { message } };
}

function withoutSecrets(request: ReceivedRequest): unknown {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, secrets.has(name) ? '(left out)' : value]),
  );
  return { ...request, headers };
}

function readRule(body: Buffer | undefined): FaultRule | string {
  const fields = parse(body);
  if (fields === undefined || typeof fields.fault !== 'string')
    return 'Send JSON like {"fault": "throttle", "match": {"modelId": "*haiku*", "operation": "Converse"}, "times": 3, "probability": 0.5, "seed": "a"}; only "fault" is needed.';
  const unknown = Object.keys(fields).find(
    (key) => !['fault', 'match', 'times', 'probability', 'seed'].includes(key),
  );
  if (unknown !== undefined) return `A fault rule has no "${unknown}".`;
  const { fault, match, times, probability, seed } = fields;
  if (match !== undefined && !isFields(match)) return '"match" is an object.';
  if (isFields(match))
    for (const [key, value] of Object.entries(match)) {
      if (key !== 'modelId' && key !== 'operation')
        return `"match" has no "${key}", only modelId and operation.`;
      if (typeof value !== 'string') return `"match.${key}" is a text.`;
    }
  if (times !== undefined && !isWhole(times)) return '"times" is a whole number.';
  if (probability !== undefined && !(typeof probability === 'number' && probability >= 0 && probability <= 1))
    return '"probability" is a number from 0 to 1.';
  return {
    fault,
    ...(match === undefined ? {} : { match: match as { modelId?: string; operation?: string } }),
    ...(times === undefined ? {} : { times: times as number }),
    ...(probability === undefined ? {} : { probability: probability as number }),
    ...(seed === undefined ? {} : { seed: String(seed) }),
  };
}

function readLimits(body: Buffer | undefined): EmulatorLimits | string {
  const fields = parse(body);
  const hint =
    'Send JSON like {"requestsPerMinute": 10, "tokensPerMinute": 20000}; what is left out has no limit.';
  if (fields === undefined) return hint;
  for (const [key, value] of Object.entries(fields))
    if ((key !== 'requestsPerMinute' && key !== 'tokensPerMinute') || !isWhole(value)) return hint;
  return fields as EmulatorLimits;
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function parse(body: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body?.toString('utf8') ?? '');
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
