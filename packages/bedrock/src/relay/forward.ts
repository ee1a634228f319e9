import { StreambedError } from '@streambed/protocol';
import { type Answer, ask } from '../ask.ts';
import { hopHeaders } from '../call.ts';
import { get } from '../catalogue/control-plane.ts';
import type { Client } from '../client.ts';
import type { CallOptions } from '../count-tokens.ts';
import type { Body } from '../http/body.ts';
import { modelPath, pathSegment } from '../http/endpoint.ts';
import type { ResponseHead } from '../http/wire.ts';
import { withLookUps } from '../look-up.ts';
import { resolveModel, type Target } from '../models/resolve-model.ts';

/** A question in AWS's own words that is no generation: its body goes on as it is. */
export type AwsQuestion =
  | { readonly operation: 'CountTokens'; readonly model: string; readonly body: Body }
  | {
      readonly operation: 'ApplyGuardrail';
      readonly guardrail: string;
      readonly version: string;
      readonly body: Body;
    }
  | { readonly operation: 'InvokeGuardrailChecks'; readonly body: Body }
  | {
      readonly operation: 'ListFoundationModels' | 'ListInferenceProfiles';
      readonly query: Readonly<Record<string, string>>;
    }
  | { readonly operation: 'GetFoundationModel' | 'GetInferenceProfile'; readonly id: string };

/** AWS's answer as it came: one JSON object. */
export interface AwsAnswer {
  readonly head: ResponseHead;
  readonly body: string;
}

export interface ForwardOptions extends CallOptions {
  /** The hop header's ids as the request came in with them. */
  readonly hops?: readonly string[];
}

const maxAnswerBytes = 8 * 1024 * 1024;

/**
 * Asks what the caller asks, of the runtime or of the control plane of the client's region. Retries and errors are those
 * of every call. Throws `StreambedError`, or `signal.reason`.
 */
export async function forward(
  question: AwsQuestion,
  options: ForwardOptions,
  client: Client,
): Promise<AwsAnswer> {
  const { head, text } = await answerTo(question, options, client);
  return { head, body: text };
}

function answerTo(question: AwsQuestion, options: ForwardOptions, client: Client): Promise<Answer> {
  switch (question.operation) {
    case 'CountTokens':
      return countTokens(question.model, question.body, options, client);
    case 'ApplyGuardrail': {
      const { guardrail, version, body } = question;
      const path = `/guardrail/${pathSegment(guardrail)}/version/${pathSegment(version)}/apply`;
      return post(question.operation, path, body, ownTarget(guardrail, options, client), options, client);
    }
    case 'InvokeGuardrailChecks': {
      const target = ownTarget('guardrail checks', options, client);
      return post(question.operation, '/guardrail-checks/invoke', question.body, target, options, client);
    }
    case 'ListFoundationModels':
      return list(question.operation, '/foundation-models', question.query, options, client);
    case 'ListInferenceProfiles':
      return list(question.operation, '/inference-profiles', question.query, options, client);
    case 'GetFoundationModel':
      return list(question.operation, `/foundation-models/${pathSegment(question.id)}`, {}, options, client);
    case 'GetInferenceProfile':
      return list(question.operation, `/inference-profiles/${pathSegment(question.id)}`, {}, options, client);
  }
}

/** AWS counts by base ids only, whatever the name leads to. */
async function countTokens(name: string, body: Body, options: ForwardOptions, client: Client) {
  const { signal, account } = options;
  const resolver = client.resolver({ account, use: 'any' });
  const { targets } = await withLookUps(() => resolveModel(name, resolver), client, signal);
  const [{ model, ...target }] = targets;
  if (model.id.startsWith('arn:')) {
    throw new StreambedError('SB_UNSUPPORTED', `${model.id} doesn't say which model counts its tokens.`, {
      field: 'model',
    });
  }
  const counts = { ...target, id: model.id, account: target.account ?? account, model };
  return post('CountTokens', modelPath(model.id, 'count-tokens'), body, counts, options, client);
}

function post(
  operation: string,
  path: string,
  body: Body,
  target: Target,
  { signal, hops = [] }: ForwardOptions,
  client: Client,
): Promise<Answer> {
  return ask(
    {
      method: 'POST',
      endpoint: client.endpointOf(target),
      path,
      headers: hopHeaders(hops, client.options.hop),
      body,
      target,
      action: `bedrock:${operation}`,
      signal,
      totalMs: client.deadlines.totalMs,
      maxBytes: maxAnswerBytes,
    },
    client,
  );
}

function list(
  operation: string,
  path: string,
  query: Readonly<Record<string, string>>,
  { signal, account, hops = [] }: ForwardOptions,
  client: Client,
): Promise<Answer> {
  const { region, hop } = client.options;
  return get(client, operation, path, {
    region,
    account,
    id: decodeURIComponent(path.slice(1)),
    query,
    headers: hopHeaders(hops, hop),
    signal,
  });
}

function ownTarget(id: string, { account }: ForwardOptions, client: Client): Target {
  return { id, region: client.options.region, account, model: { id, facts: undefined } };
}
