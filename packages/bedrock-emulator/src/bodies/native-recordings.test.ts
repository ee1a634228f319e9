import { expect, it } from 'vitest';
import { nativeEvents } from '../../../../test/support/frames.ts';
import { describeWithRecordings, responseBytes } from '../../../../test/support/recordings.ts';
import type { Json } from '../../test/ask.ts';
import { headerNames, pathsOf } from '../../test/shape.ts';
import { startEmulator } from '../index.ts';

/** Recordings that the emulator answers otherwise, on purpose. */
const otherwise: Readonly<Record<string, string>> = {
  'invoke-nova-guardrail': 'a guardrail on InvokeModel is not played: only Converse has one',
  'invokestream-nova-guardrail': 'a guardrail on InvokeModel is not played: only Converse has one',
  'invokestream-nova-midstream-modelStreamErrorException':
    'it broke on its way; a fault that is asked for does the same here',
  'error-400-invokestream-malformed-native-body': 'compared word for word below',
};

describeWithRecordings('Nova and OpenAI bodies, asked what was recorded', (all) => {
  const recordings = all.filter(({ name }) => /^(invoke|invokestream)-(nova|gptoss)/.test(name));

  it.each(recordings.map((recording) => [recording.name, recording] as const))(
    '%s',
    async (name, recording) => {
      await using emulator = await startEmulator({ pace: 'instant' });
      const { request, response, note } = recording;
      const answer = await fetch(`${emulator.url}${request.path}`, {
        method: 'POST',
        headers: { authorization: 'Bearer test' },
        body: JSON.stringify(request.body),
      });
      const body = Buffer.from(await answer.arrayBuffer());
      expect(answer.status).toBe(200);
      if (otherwise[name] !== undefined) return;
      if (note === undefined)
        expect(headerNames(answer.headers)).toEqual(headerNames(new Headers(response.headers)));
      const theirs = Buffer.from(responseBytes(recording));
      if (response.bodyBase64 === undefined) {
        const ours = wholeShape(JSON.parse(body.toString()));
        const recorded = wholeShape(JSON.parse(theirs.toString()));
        expect(ours.frame).toEqual(recorded.frame);
        for (const [kind, paths] of Object.entries(recorded))
          if (ours[kind] !== undefined) expect(ours[kind], kind).toEqual(paths);
      } else expect(eventShapes(body)).toEqual(eventShapes(theirs));
    },
  );

  it('refuses a malformed body of Nova in the recorded words', async () => {
    const recording = all.find(({ name }) => name === 'error-400-invokestream-malformed-native-body');
    await using emulator = await startEmulator({ pace: 'instant' });
    const answer = await fetch(`${emulator.url}${recording?.request.path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer test' },
      body: JSON.stringify(recording?.request.body),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual(recording?.response.body);
  });
});

/** `frame`: all but the blocks of the answer; each kind of block by its key. */
function wholeShape(answer: Json): Record<string, readonly string[]> {
  if (answer.output === undefined)
    return { frame: pathsOf(answer).filter((path) => !path.includes('tool_calls')) };
  const { output, ...rest } = answer;
  const shape: Record<string, readonly string[]> = { frame: pathsOf(rest) };
  for (const block of output.message.content as Json[]) shape[Object.keys(block).join()] = pathsOf(block);
  return shape;
}

/** Each kind of event once, in the order they first come. Which blocks come is the model's affair, not how. */
function eventShapes(body: Uint8Array): Json {
  const seen = new Map<string, Json>();
  for (const event of nativeEvents(body) as Json[]) {
    const delta = event.choices?.[0]?.delta ?? event.contentBlockDelta?.delta ?? {};
    const kind = [...Object.keys(event), ...Object.keys(delta)].join();
    if (!seen.has(kind)) seen.set(kind, pathsOf(event));
  }
  return [...seen];
}
