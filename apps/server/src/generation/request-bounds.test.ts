import type { MessagesRequest } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { checkBounds, requestBounds } from './request-bounds.ts';

function asking(content: unknown, more: object = {}): MessagesRequest {
  return { model: 'm', messages: [{ role: 'user', content }], ...more } as unknown as MessagesRequest;
}

/** So much base64 that it decodes to that many bytes. */
function data(bytes: number): string {
  return 'A'.repeat(Math.ceil((bytes * 4) / 3));
}

const image = (bytes: number) => ({ type: 'image', source: { type: 'base64', data: data(bytes) } });
const file = (bytes: number) => ({ type: 'document', source: { type: 'base64', data: data(bytes) } });

test('what is within the bounds passes', () => {
  const { blocks, tools, imageBytes, fileBytes } = requestBounds;
  checkBounds(asking('Hello'));
  checkBounds(asking(Array.from({ length: blocks }, () => ({ type: 'text', text: 'x' }))));
  checkBounds(asking([image(imageBytes - 3), file(fileBytes - 3)]));
  checkBounds(asking('x', { tools: Array.from({ length: tools }, () => ({ name: 'x' })) }));
});

test('what is over one is refused by name', () => {
  const { turns, blocks, tools, imageBytes, fileBytes } = requestBounds;
  const refused: readonly [MessagesRequest, string][] = [
    [
      { ...asking('x'), messages: Array.from({ length: turns + 1 }, () => ({ role: 'user', content: 'x' })) },
      'messages',
    ],
    [asking(Array.from({ length: blocks + 1 }, () => ({ type: 'text', text: 'x' }))), 'messages'],
    [asking('x', { tools: Array.from({ length: tools + 1 }, () => ({ name: 'x' })) }), 'tools'],
    [asking([image(imageBytes + 3)]), 'messages[0].content[0].source.data'],
    [
      asking([{ type: 'tool_result', content: [file(fileBytes + 3)] }]),
      'messages[0].content[0].content[0].source.data',
    ],
  ];
  for (const [request, field] of refused) {
    expect(() => checkBounds(request)).toThrow(
      expect.objectContaining({ code: 'SB_TOO_LARGE', field: `request.${field}` }),
    );
  }
});

test('what is left out of a large body counts', () => {
  const bulk = { hiddenIn: () => requestBounds.imageBytes * 2 };
  expect(() => checkBounds(asking([image(9)]), bulk)).toThrow(
    expect.objectContaining({ code: 'SB_TOO_LARGE' }),
  );
});
