import { expect, test } from 'vitest';
import { overInherited } from './over-inherited.ts';

test('a system prompt that was taken away is taken away in a conversation too', () => {
  const before = { model: 'claude', settings: { system: 'Be a river.' } };
  expect(overInherited(undefined, 'claude', before)).toEqual({ system: [] });
  expect(overInherited({ temperature: 1 }, 'claude', before)).toEqual({ system: [], temperature: 1 });
  expect(overInherited({ system: 'Be a sea.' }, 'claude', before)).toEqual({ system: 'Be a sea.' });
  expect(overInherited(undefined, 'claude', { model: 'claude', settings: { system: [] } })).toBeUndefined();
});

test('a system prompt that was left as it was stays in the very blocks that a program made of it', () => {
  const system = [{ type: 'text', text: 'Be a river.', cache_control: { type: 'ephemeral' } }];
  const before = { model: 'claude', settings: { system } } as never;
  expect(overInherited({ system: 'Be a river.', temperature: 1 }, 'claude', before)).toEqual({
    system,
    temperature: 1,
  });
  expect(overInherited({ system: 'Be a sea.' }, 'claude', before)).toEqual({ system: 'Be a sea.' });
  expect(overInherited(undefined, 'claude', before)).toEqual({ system: [] });
});

test('tools are inherited, but not by another model those that only one runs itself', () => {
  const own = {
    model: 'nova',
    settings: { tools: [{ type: 'streambed:system_tool', name: 'nova_grounding' }] },
  };
  expect(overInherited(undefined, 'nova', own)).toBeUndefined();
  expect(overInherited(undefined, 'claude', own)).toEqual({ tools: [] });
  const ours = { model: 'nova', settings: { tools: [{ name: 'look' }] } };
  expect(overInherited(undefined, 'claude', ours)).toBeUndefined();
});

test('a first question inherits nothing', () => {
  expect(overInherited(undefined, 'claude', undefined)).toBeUndefined();
  expect(overInherited({ max_tokens: 5 }, 'claude', undefined)).toEqual({ max_tokens: 5 });
});
