import { afterEach, describe, expect, it } from 'vitest';
import { describeWithRecordings } from '../../../../test/support/recordings.ts';
import { type Exchange, exchangeOf, startReplayServer } from '../../../../test/support/replay-server.ts';
import { clientAt } from '../../test/run.ts';

const closing: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
async function start(exchange: Exchange) {
  const server = await startReplayServer({ answer: () => exchange });
  const bedrock = clientAt(server.url);
  closing.push(
    () => server[Symbol.asyncDispose](),
    () => bedrock.close(),
  );
  return { server, bedrock };
}
const { signal } = new AbortController();
const guardrail = { id: '274u1upxm897', version: '1' };
const answer = (body: unknown): Exchange => ({
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});

describeWithRecordings('applyGuardrail, as recorded', (recordings) => {
  it('applyguardrail-intervened: says what was found, and what to say instead', async () => {
    const recording = recordings.find(({ name }) => name === 'applyguardrail-intervened');
    if (recording === undefined) throw new Error('not recorded');
    const { server, bedrock } = await start(exchangeOf(recording));
    const { content } = recording.request.body as { content: { text: { text: string } }[] };
    const verdict = await bedrock.applyGuardrail(
      { guardrail, source: 'input', content: content.map(({ text }) => text), scope: 'full' },
      { signal },
    );
    const said = recording.response.body as Record<string, unknown>;
    expect(verdict).toEqual({
      intervened: true,
      reason: 'Guardrail blocked.',
      outputs: (said.outputs as { text: string }[]).map(({ text }) => text),
      assessments: said.assessments,
      usage: said.usage,
      coverage: said.guardrailCoverage,
    });
    const [sent] = server.requests;
    expect(sent?.path).toBe(recording.request.path);
    expect(JSON.parse(sent?.body.toString() ?? '')).toEqual(recording.request.body);
  });
});

describe('applyGuardrail', () => {
  const request = { guardrail, source: 'output', content: [{ text: 'Hi', qualifiers: ['query'] }] } as const;

  it('says so when nothing was done', async () => {
    const { server, bedrock } = await start(answer({ action: 'NONE', outputs: [], assessments: [] }));
    expect(await bedrock.applyGuardrail(request, { signal })).toEqual({
      intervened: false,
      outputs: [],
      assessments: [],
      usage: {},
      coverage: {},
    });
    expect(JSON.parse(server.requests[0]?.body.toString() ?? '')).toEqual({
      source: 'OUTPUT',
      content: [{ text: { text: 'Hi', qualifiers: ['query'] } }],
    });
  });

  it('never takes a verdict it cannot read for a clean one', async () => {
    const { bedrock } = await start(answer({ outputs: [] }));
    await expect(bedrock.applyGuardrail(request, { signal })).rejects.toMatchObject({
      code: 'SB_UPSTREAM_UNEXPECTED',
    });
  });

  it('names a guardrail by its ARN, in one segment', async () => {
    const { server, bedrock } = await start(answer({ action: 'NONE' }));
    const id = 'arn:aws:bedrock:us-east-1:123456789012:guardrail/abc';
    await bedrock.applyGuardrail({ ...request, guardrail: { id, version: 'DRAFT' } }, { signal });
    expect(server.requests[0]?.path).toBe(`/guardrail/${encodeURIComponent(id)}/version/DRAFT/apply`);
  });
});
