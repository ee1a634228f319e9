import { expect, it } from 'vitest';
import { readFrames } from '../../../../test/support/frames.ts';
import {
  describeWithRecordings,
  type Recording,
  responseBytes,
} from '../../../../test/support/recordings.ts';
import type { Json } from '../../test/ask.ts';
import { headerNames, pathsOf } from '../../test/shape.ts';
import { type Emulator, type EmulatorGuardrail, startEmulator } from '../index.ts';

/** Where the emulator differs on purpose: paths (of either side) that are left out of the comparison, and why. */
const differences: Readonly<Record<string, { readonly paths: RegExp; readonly why: string }>> = {
  'converse-application-inference-profile-arn': {
    paths: /^$/,
    why: 'opaque: the test configures what it leads to',
  },
  'converse-claude37sonnet-cache': older('cacheDetails'),
  'converse-claude37sonnet-redacted-thinking': older(),
  'converse-claude45haiku-cache-read': {
    paths: /cacheDetails/,
    why: 'the test asks it first: the prefix is written then, where it was read when recorded',
  },
  'converse-deepseek-r1-reasoning': older(),
  'converse-inference-profile-arn-guardrail': older(),
  'converse-nova-guardrail-guardcontent': grounding(),
  'converse-titan-guardrail-guardcontent': grounding(),
  'converse-nova-pro-video': older(),
  'converse-nova-service-tier': older(),
  'converse-titan-lite': older(),
  'conversestream-ai21-jamba': older(),
  'conversestream-claude35sonnet-text': older(),
  'conversestream-claude37sonnet-cache': older('cacheDetails'),
  'conversestream-claude37sonnet-redacted-thinking': older(),
  'conversestream-claude3sonnet-tool-use': older(),
  'conversestream-claude4sonnet-thinking': older(),
  'conversestream-nova-tool-result': older(),
  'conversestream-nova-tool-use': older(),
  'conversestream-nova-tool-use-no-args': older(),
  'conversestream-titan-guardrail': grounding(),
  'conversestream-titan-lite': older(),
};

/** Recordings whose request gets another status here. */
const refused: Readonly<Record<string, { readonly text: string; readonly why: string }>> = {
  'converse-claude5sonnet-adaptive-thinking': {
    text: 'Invalid `signature` in `thinking` block',
    why: 'it sends back a thinking block of the real Claude, which no emulator has signed',
  },
  'converse-nova-pro-video': {
    text: "at 'messages.1.member.content.2.member.video.format' failed to satisfy constraint",
    why: 'edited by its recorder: `video/mp4` is no format of the service model',
  },
};

function older(more = '') {
  return {
    paths: new RegExp(more === '' ? 'serverToolUsage' : `serverToolUsage|${more}`),
    why: 'recorded before November 2025, when these fields came',
  };
}

function grounding() {
  return {
    paths: /serverToolUsage|contextualGroundingPolicy|piiEntities|modelOutput|sensitiveInformationPolicy/,
    why: 'older than serverToolUsage; grounding is not judged here, and what a guardrail finds depends on the answer',
  };
}

const guardrails: readonly EmulatorGuardrail[] = ['v9kpg6yrwhs2', '5zwrmdlsra2e'].map((id) => ({
  id,
  regexes: [{ name: 'Account Number', pattern: String.raw`\b\d{10}\b`, action: 'ANONYMIZE' }],
}));

describeWithRecordings('Converse, asked what was recorded', (all) => {
  const recordings = all.filter(
    ({ operation, response }) => /^Converse/.test(operation) && response.status === 200,
  );

  it('has enough to compare with, and no difference explained for nothing', () => {
    expect(recordings.length).toBeGreaterThan(60);
    const names = recordings.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...Object.keys(differences), ...Object.keys(refused)]));
  });

  it.each(recordings.map((recording) => [recording.name, recording] as const))(
    '%s',
    async (name, recording) => {
      await using emulator = await startEmulator({
        pace: 'instant',
        guardrails,
        profiles: { '1arbu5hu2sjr': 'anthropic.claude-haiku-4-5-20251001-v1:0' },
      });
      const response = await ask(emulator, recording);
      const body = Buffer.from(await response.arrayBuffer());
      const otherwise = refused[name];
      if (otherwise !== undefined) {
        expect(response.status, otherwise.why).toBe(400);
        expect(JSON.parse(body.toString()).message).toContain(otherwise.text);
        return;
      }
      expect(response.status).toBe(200);
      expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
      // A recorder that filtered headers proves nothing by the ones that are missing.
      if (recording.note === undefined)
        expect(headerNames(response.headers)).toEqual(headerNames(new Headers(recording.response.headers)));

      const compare = recording.operation === 'Converse' ? wholeShape : streamShape;
      const ours = compare(body);
      const theirs = compare(Buffer.from(responseBytes(recording)));
      const leftOut = differences[name]?.paths ?? /(?!)/;
      const kinds = (shape: ReadonlyMap<string, unknown>) => [...shape.keys()];
      for (const kind of kinds(theirs).filter((one) => ours.has(one) || one === 'frame')) {
        const clean = (paths: readonly string[] = []) => paths.filter((path) => !leftOut.test(path));
        expect(clean(ours.get(kind)), `${kind}: ${differences[name]?.why ?? ''}`).toEqual(
          clean(theirs.get(kind)),
        );
      }
      // Each kind of block is the model's affair, but an answer without any in common would compare nothing.
      const common = kinds(theirs).filter((kind) => kind !== 'frame' && ours.has(kind));
      expect(common.length, `${kinds(ours)} against ${kinds(theirs)}`).toBeGreaterThan(0);
      if (recording.operation === 'Converse') expect(unsorted(JSON.parse(body.toString()))).toEqual([]);
    },
  );
});

/** The recorded request, sent as it was on the wire. */
function ask(emulator: Emulator, { request, modelId, operation }: Recording): Promise<Response> {
  const last = operation === 'Converse' ? 'converse' : 'converse-stream';
  const path = request.path ?? `/model/${encodeURIComponent(modelId ?? '')}/${last}`;
  return fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer test' },
    body: JSON.stringify(request.body ?? {}),
  });
}

type Shape = ReadonlyMap<string, readonly string[]>;

/** The paths of an answer: `frame` has what stands around the message, and each kind of block has its own. */
function wholeShape(body: Buffer): Shape {
  const { output, ...rest } = JSON.parse(body.toString()) as Json;
  const shape = new Map<string, readonly string[]>([['frame', pathsOf(rest)]]);
  for (const block of output.message.content as Json[]) shape.set(Object.keys(block).join(), pathsOf(block));
  return shape;
}

/** What a stream is made of: the paths of its frame's events, and for each kind of block the run of its events. */
function streamShape(body: Buffer): Shape {
  const shape = new Map<string, readonly string[]>();
  const frame: string[] = [];
  let run: string[] = [];
  for (const { type, payload } of readFrames(body)) {
    const { p: _, contentBlockIndex, ...event } = payload as Json;
    if (contentBlockIndex === undefined) {
      frame.push(type, ...pathsOf(event).map((path) => `${type} ${path}`));
      continue;
    }
    const told = [type, ...pathsOf(event)].join(' ');
    if (run.at(-1) !== told) run.push(told);
    if (type !== 'contentBlockStop') continue;
    const kind = /toolUse|toolResult|reasoningContent\.redacted|reasoningContent|citation|text/.exec(
      run.join(),
    );
    const empty =
      run.length === 2 &&
      kind?.[0] === 'text' &&
      shape.size === 0 &&
      run[0] === 'contentBlockDelta delta.text:string';
    shape.set(empty ? 'short text' : (kind?.[0] ?? 'nothing'), run);
    run = [];
  }
  shape.set('frame', frame);
  return shape;
}

/** Objects whose keys don't come in the order of the alphabet. */
function unsorted(value: Json, at = ''): string[] {
  if (at.endsWith('.input') || at.endsWith('.json')) return [];
  if (Array.isArray(value)) return value.flatMap((item, nth) => unsorted(item, `${at}.${nth}`));
  if (typeof value !== 'object' || value === null) return [];
  const keys = Object.keys(value);
  const wrong = [...keys].sort().join() === keys.join() ? [] : [`${at}: ${keys}`];
  return [...wrong, ...keys.flatMap((key) => unsorted(value[key], `${at}.${key}`))];
}
