import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { makeCertificate } from '../../../test/support/certificate.ts';
import { type Gateway, startGateway } from './gateway.ts';

/** Hard to carry: it compresses to nothing, and holds every kind of escape. */
const filling = 'A line of text, "quoted", with a \\ and a tab\t, é and 😀.\n';
const text = filling.repeat(Math.ceil(600_000 / filling.length));
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const image = Buffer.concat([
  png,
  Buffer.alloc(2_000_000, createHash('sha512').update('image').digest()),
]).toString('base64');
const answering = { emulator: { script: () => say('Understood.') } };
const headers = { 'content-type': 'application/json' };

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

/** What the last upstream request said, in a form that can be compared. */
function upstreamTexts({ emulator }: Gateway): readonly string[] {
  const strings: string[] = [];
  JSON.parse(emulator.requests.at(-1)?.body ?? '', (_key, value) => {
    if (typeof value === 'string' && value.length > 1_000) strings.push(hashOf(value));
    return value;
  });
  return strings;
}

const claudeBlocks = [
  { type: 'text', text },
  { type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } },
];
const claude = { model: 'anthropic', max_tokens: 100, messages: [{ role: 'user', content: claudeBlocks }] };
const openAiContent = [
  { type: 'text', text },
  { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
];
const native = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 100,
  messages: claude.messages,
};
const converse = {
  messages: [{ role: 'user', content: [{ text }, { image: { format: 'png', source: { bytes: image } } }] }],
};
const claudeId = encodeURIComponent('us.anthropic.claude-haiku-4-5-20251001-v1:0');

const ways: readonly [string, string, object][] = [
  ['our own API', '/streambed/v1/generations', { request: claude, stream: false }],
  [
    'our own API, by Converse',
    '/streambed/v1/generations',
    { request: { ...claude, bedrock: { api: 'converse' } }, stream: false },
  ],
  ['Anthropic', '/v1/messages', claude],
  [
    'OpenAI chat',
    '/v1/chat/completions',
    { model: 'anthropic', messages: [{ role: 'user', content: openAiContent }] },
  ],
  [
    'OpenAI responses',
    '/v1/responses',
    {
      model: 'anthropic',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text },
            { type: 'input_image', image_url: `data:image/png;base64,${image}` },
          ],
        },
      ],
    },
  ],
  ['Bedrock, native', `/model/${claudeId}/invoke`, native],
  ['Bedrock, Converse', `/model/${claudeId}/converse`, converse],
];

test.each(ways)('a large body reaches the model as it is: %s', async (_name, path, body) => {
  await using gateway = await startGateway(answering);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const sent = JSON.stringify(body);
  delay.enable();
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: sent });
  const answer = await response.text();
  delay.disable();
  expect(answer).toContain('Understood.');
  expect(response.status).toBe(200);
  expect(upstreamTexts(gateway).toSorted()).toEqual([hashOf(text), hashOf(image)].toSorted());
  expect(answer).not.toContain('sbbulk');
  // The client and the emulator share the loop: what is printed bounds the server's stall from above.
  console.info(`${path}: ${sent.length} bytes, longest stall ${Math.round(delay.max / 1e6)} ms`);
});

test.each(['direct', 'undici'])('a large body reaches the model over TLS as it is: %s', async (client) => {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-ca-'));
  try {
    const tls = makeCertificate(['localhost']);
    const bundle = join(folder, 'ca.pem');
    writeFileSync(bundle, tls.cert);
    const env = { AWS_CA_BUNDLE: bundle, STREAMBED_UPSTREAM_CLIENT: client };
    await using gateway = await startGateway({
      emulator: { ...answering.emulator, tls, host: 'localhost' },
      env,
    });
    const sent = { method: 'POST', headers, body: JSON.stringify(claude) };
    const response = await fetch(`${gateway.url}/v1/messages`, sent);
    expect(await response.text()).toContain('Understood.');
    expect(upstreamTexts(gateway).toSorted()).toEqual([hashOf(text), hashOf(image)].toSorted());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what a conversation keeps of a large body is all of it, and what follows it finds it', async () => {
  await using gateway = await startGateway(answering);
  const post = (order: object) =>
    fetch(`${gateway.url}/streambed/v1/generations`, {
      method: 'POST',
      headers,
      body: JSON.stringify(order),
    });
  const first = await post({ id: 'one', request: claude, stream: false, conversation: 'c1' });
  expect(first.status).toBe(200);
  const { generation } = (await first.json()) as { generation: string };
  const next = { model: 'anthropic', max_tokens: 100, messages: [{ role: 'user', content: 'And now?' }] };
  expect((await post({ request: next, stream: false, parent: generation })).status).toBe(200);
  expect(upstreamTexts(gateway).toSorted()).toEqual([hashOf(text), hashOf(image)].toSorted());
  // The branch so far is read as bytes too, and again behind a large question.
  const pictured = { ...claude, messages: [{ role: 'user', content: claudeBlocks.slice(1) }] };
  const after = { request: pictured, stream: false, parent: generation };
  expect((await post(after)).status).toBe(200);
  expect(upstreamTexts(gateway).toSorted()).toEqual([hashOf(text), hashOf(image), hashOf(image)].toSorted());
  const tree = await fetch(`${gateway.url}/streambed/v1/conversations/c1`);
  const { tree: turns } = (await tree.json()) as { tree: object[] };
  expect(JSON.stringify(turns)).not.toContain('sbbulk');
  expect(JSON.stringify(turns).split(JSON.stringify(image)).length - 1).toBe(2);
  // The same again is the same generation, though other letters stood for its texts.
  const again = await post({ id: 'one', request: claude, stream: false, conversation: 'c1' });
  expect(await again.json()).toMatchObject({ generation });
});

test('tokens of a large body are counted on all of it', async () => {
  await using gateway = await startGateway(answering);
  const response = await fetch(`${gateway.url}/v1/messages/count_tokens`, {
    method: 'POST',
    headers,
    body: JSON.stringify(claude),
  });
  expect(response.status).toBe(200);
  const { input } = JSON.parse(gateway.emulator.requests.at(-1)?.body ?? '') as {
    input: { invokeModel: { body: string } };
  };
  const counted = JSON.parse(Buffer.from(input.invokeModel.body, 'base64').toString());
  expect(hashOf(counted.messages[0].content[0].text)).toBe(hashOf(text));
});

test('what is wrong with a large body is said, and nothing is sent', async () => {
  await using gateway = await startGateway(answering);
  const post = async (body: string) => {
    const response = await fetch(`${gateway.url}/v1/messages`, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  };
  expect(
    await post(`{"model": "anthropic", "x": "${'x'.repeat(2_000_000)}\n${'x'.repeat(9)}"}`),
  ).toMatchObject({ status: 400 });
  expect(await post(JSON.stringify(claude).slice(0, -5))).toMatchObject({ status: 400 });
  expect(await post(JSON.stringify({ ...claude, messages: 'x'.repeat(2_000_000) }))).toMatchObject({
    status: 400,
  });
  const many = Array.from({ length: 60_000 }, () => ({ role: 'user', content: 'short' }));
  expect(await post(JSON.stringify({ ...claude, messages: many }))).toMatchObject({ status: 413 });
  const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
  expect(await post(`{"model":"anthropic","messages":${deep}}`)).toMatchObject({ status: 400 });
  expect(gateway.emulator.requests).toHaveLength(0);
});
