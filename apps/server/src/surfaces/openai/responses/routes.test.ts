import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callTool, failing, say, think } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../../../test/gateway.ts';

const json = { 'content-type': 'application/json' };

async function post(gateway: Gateway, body: object): Promise<Response> {
  return fetch(`${gateway.url}/v1/responses`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ model: 'anthropic', input: 'Go', ...body }),
  });
}

async function started(gateway: Gateway, body: object): Promise<string> {
  const { id } = (await (await post(gateway, body)).json()) as { id: string };
  return id;
}

interface StreamEvent {
  readonly event: string;
  readonly sequence_number: number;
}

async function read(gateway: Gateway, id: string, after?: number): Promise<StreamEvent[]> {
  const query = after === undefined ? '' : `&starting_after=${after}`;
  const response = await fetch(`${gateway.url}/v1/responses/${id}?stream=true${query}`);
  expect(response.status).toBe(200);
  const events = [...(await response.text()).matchAll(/^event: (.*)\ndata: (.*)$/gm)];
  return events.map(([, event = '', data = '']) => ({
    event,
    ...(JSON.parse(data) as { sequence_number: number }),
  }));
}

const status = async (gateway: Gateway, path: string, init?: RequestInit) =>
  (await fetch(`${gateway.url}${path}`, init)).status;

const rich = () =>
  think('Let me think about this for a while.', {
    blocks: [
      { type: 'text', text: 'I will look it up, and then say what I have found.' },
      ...callTool('look', { what: 'the answer', how: ['slowly', 'with care'] }).blocks,
      ...callTool('patch', { input: '*** Begin\n*** End' }).blocks,
    ],
  });

test('a reader that is cut off anywhere comes back to the same sequence, live and late', async () => {
  await using gateway = await startGateway({ emulator: { script: rich } });
  const id = await started(gateway, {
    background: true,
    include: ['reasoning.encrypted_content'],
    tools: [
      { type: 'function', name: 'look' },
      { type: 'custom', name: 'patch' },
    ],
  });
  const live = await read(gateway, id);
  expect(live.map(({ sequence_number }) => sequence_number)).toEqual([...live.keys()]);
  expect(live.length).toBeGreaterThan(30);
  expect(await read(gateway, id)).toEqual(live);
  for (const [index] of live.entries()) {
    expect(await read(gateway, id, index)).toEqual(live.slice(index + 1));
  }
  expect(await status(gateway, `/v1/responses/${id}?stream=true&starting_after=-1`)).toBe(400);
});

test('a restart loses no response that was to be stored, and no number of its events', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'streambed-responses-'));
  try {
    const hold = failing(say(['one ', 'two ', 'three']), { type: 'stall', after: 4 });
    const script = ({ prompt }: { prompt: string }) => (prompt === 'Stay' ? hold : say(`Heard ${prompt}.`));
    let done = '';
    let running = '';
    let before: StreamEvent[] = [];
    {
      await using gateway = await startGateway({ dataDir, emulator: { script } });
      done = await started(gateway, { background: true });
      before = await read(gateway, done);
      running = await started(gateway, { background: true, input: 'Stay' });
      await gateway.emulator.received(2);
    }
    await using gateway = await startGateway({ dataDir, emulator: { script } });
    expect(await read(gateway, done)).toEqual(before);
    expect(await read(gateway, done, 3)).toEqual(before.slice(4));
    const interrupted = await (await fetch(`${gateway.url}/v1/responses/${running}`)).json();
    expect(interrupted).toMatchObject({ status: 'failed', error: { streambed_code: 'SB_INTERRUPTED' } });
    const next = await (await post(gateway, { input: 'Next', previous_response_id: done })).json();
    expect(next).toMatchObject({ status: 'completed', previous_response_id: done });
    expect(String(gateway.emulator.requests.at(-1)?.body)).toContain('Heard Go.');
    // Deleted is deleted, also after another start.
    expect(await status(gateway, `/v1/responses/${done}`, { method: 'DELETE' })).toBe(200);
    await gateway.server.stop();
    await using again = await startGateway({ dataDir });
    expect(await status(again, `/v1/responses/${done}`)).toBe(404);
    expect(await status(again, `/v1/responses/${running}`)).toBe(200);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 30_000);

test('what is erased under its other name is gone under this one', async () => {
  await using gateway = await startGateway();
  const id = await started(gateway, { store: true });
  const generation = id.replace('resp_', 'gen_');
  expect(await status(gateway, `/v1/responses/${id}`)).toBe(200);
  expect(await status(gateway, `/streambed/v1/generations/${generation}`, { method: 'DELETE' })).toBe(204);
  expect(await status(gateway, `/v1/responses/${id}`)).toBe(404);
  expect(await status(gateway, `/v1/responses/${id}/input_items`)).toBe(404);
  expect((await post(gateway, { previous_response_id: id })).status).toBe(404);
});

test('a failure before the first event is a status, and in the background an ending', async () => {
  await using gateway = await startGateway({
    emulator: { script: () => failing(say('no'), { type: 'error', name: 'AccessDeniedException' }) },
  });
  for (const stream of [true, false]) {
    const refused = await post(gateway, { stream });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { type: 'permission_error' } });
  }
  const id = await started(gateway, { background: true });
  const types = (await read(gateway, id)).map(({ event }) => event);
  expect(types).toEqual(['response.created', 'response.in_progress', 'error', 'response.failed']);
});

test('what runs in the background must be stored, and what still runs is not gone on from', async () => {
  await using gateway = await startGateway({
    emulator: { script: () => failing(say('one'), { type: 'stall', after: 2 }) },
  });
  const unstored = await post(gateway, { background: true, store: false });
  expect(await unstored.json()).toMatchObject({ error: { param: 'store' } });
  const id = await started(gateway, { background: true });
  const next = await post(gateway, { previous_response_id: id });
  expect(await next.json()).toMatchObject({
    error: { param: 'previous_response_id', message: expect.stringContaining('still') },
  });
  expect(await status(gateway, `/v1/responses/${id}/cancel`, { method: 'POST' })).toBe(200);
  const page = await (await fetch(`${gateway.url}/v1/responses/${id}/input_items`)).json();
  expect(page).toMatchObject({
    object: 'list',
    has_more: false,
    data: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go' }] }],
  });
  expect(await status(gateway, `/v1/responses/${id}/input_items?limit=0`)).toBe(400);
});
