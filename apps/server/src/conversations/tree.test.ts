import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyMessage, type GenerationId, type GenerationStop, generationIdFrom } from '@streambed/protocol';
import type { ConversationTree } from '@streambed/protocol/conversations';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { textSearch } from '../database/text-search.ts';
import { type Accepted, accept } from './accept.ts';
import { branchTo } from './branch.ts';
import { Conversations } from './conversations.ts';
import { eraseConversation } from './keeping.ts';
import { defaultConversationLimits as limits } from './limits.ts';
import { contentOf } from './rows.ts';
import { textOf } from './said.ts';
import { settle } from './settle.ts';
import { takeBack } from './take-back.ts';

const owner = { project: 'p', user: 'u' };
const other = { project: 'p', user: 'v' };
const stop: GenerationStop = {
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: {},
  cost: { status: 'unknown' },
  timing: { total_ms: 1 },
};

/** What may happen to a conversation; `at` picks one of the answers there are. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('ask' as const),
      at: fc.nat(),
      prompt: fc.constantFrom('a', 'b', 'c'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('take back' as const),
      at: fc.nat(),
      prompt: fc.constantFrom('a', 'z'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('show' as const), at: fc.nat() }) },
);

test('whatever happens, every answer leads back to all that was said before it, and nothing else', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-tree-'));
  await using database = await openDatabase({ dir, log: { info: () => {} } });
  const { db } = database;
  const conversations = new Conversations(database, limits);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      run += 1;
      const conversation = `c${run}`;
      /** Of each answer, what was said up to it and with it. */
      const model = new Map<GenerationId, readonly string[]>();
      let revSeen = 0;
      for (const one of steps) {
        const known = [...model.keys()];
        const base = 'at' in one ? known[one.at % (known.length + 1)] : undefined;
        if (one.type === 'ask' || one.type === 'take back') {
          const generation = generationIdFrom(randomBytes(16).toString('base64url'));
          const accepted: Accepted = await accept(
            db,
            {
              owner,
              conversation,
              generation,
              ...(base !== undefined && { parent: base }),
              messages: [{ role: 'user', content: one.prompt }],
              model: 'm',
              settings: { model: 'm' },
              branch: false,
              at: Date.now(),
            },
            limits,
          );
          if (one.type === 'take back') {
            await takeBack(db, owner, accepted);
          } else {
            const said = `${one.prompt}${model.size}`;
            const message = { ...emptyMessage, content: [{ type: 'text' as const, text: said }] };
            await settle(db, { owner, generation, message, stop, at: Date.now() });
            const before = base === undefined ? [] : (model.get(base) ?? []);
            model.set(generation, [...before, one.prompt, said]);
          }
        } else if (model.size > 0 && one.type === 'delete') {
          await conversations.remove(owner, conversation);
          await expect(conversations.tree(owner, conversation)).rejects.toMatchObject({
            code: 'SB_NOT_FOUND',
          });
          await conversations.restore(owner, conversation);
        } else if (base !== undefined) {
          await conversations.change(owner, conversation, { leaf: base });
          expect((await conversations.item(owner, conversation)).leaf).toBe(base);
        }
      }
      if (model.size === 0) return;
      for (const [generation, said] of model) {
        const branch = await branchTo(db, owner, generation);
        expect(branch.map((turn) => textOf(contentOf(turn)))).toEqual(said);
        expect(branch.map(({ depth }) => depth)).toEqual(branch.map((_, place) => place + 1));
        expect(await branchTo(db, other, generation)).toEqual([]);
      }
      const { tree, rev, turns, leaf } = JSON.parse(
        Buffer.from(await conversations.tree(owner, conversation)).toString(),
      ) as ConversationTree;
      expect(tree).toHaveLength(turns);
      expect(
        tree
          .filter(({ answer }) => answer !== undefined)
          .map(({ id }) => id)
          .sort(),
      ).toEqual([...model.keys()].sort());
      // One turn for one saying in one place: its answers are versions.
      const places = tree
        .filter(({ role }) => role === 'user')
        .map(({ parent, content }) => `${parent} ${content}`);
      expect(new Set(places).size).toBe(places.length);
      expect(new Set(tree.map((turn) => turn.rev)).size).toBe(tree.length);
      expect(Math.max(...tree.map((turn) => turn.rev))).toBeLessThanOrEqual(rev);
      expect(model.has(leaf as GenerationId)).toBe(true);
      expect(rev).toBeGreaterThan(revSeen);
      revSeen = rev;
    }),
    { numRuns: 40 },
  );
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

test('an erasing that was cut short is finished by the next sweep', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-tree-'));
  await using database = await openDatabase({ dir, log: { info: () => {} } });
  const { db } = database;
  const conversations = new Conversations(database, limits);
  const place = {
    owner,
    conversation: 'c',
    model: 'm',
    settings: { model: 'm' },
    branch: false,
    at: Date.now(),
  };
  for (const prompt of ['one', 'two', 'three', 'four', 'five']) {
    const generation = generationIdFrom(randomBytes(16).toString('base64url'));
    await accept(db, { ...place, generation, messages: [{ role: 'user', content: prompt }] }, limits);
  }
  // As if the process had gone right after the first step.
  await eraseConversation(db, owner, 'c');
  expect(await textSearch.ofErased(db, 9)).toEqual([{ owner, conversation: 'c' }]);
  await conversations.sweep();
  expect(await textSearch.ofErased(db, 9)).toEqual([]);
  rmSync(dir, { recursive: true, force: true });
});

test('what was deleted is erased when its time is over, and what is gone is forgotten in the end', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-tree-'));
  await using database = await openDatabase({ dir, log: { info: () => {} } });
  const conversations = new Conversations(database, limits);
  await conversations.create(owner, { id: 'c', title: 'Something' });
  await conversations.remove(owner, 'c');
  await conversations.sweep(Date.now() + limits.undoMs - 1_000);
  expect((await conversations.list(owner, { deleted: true })).conversations).toHaveLength(1);
  await conversations.sweep(Date.now() + limits.undoMs);
  expect((await conversations.list(owner, { deleted: true })).conversations).toEqual([]);
  await expect(conversations.restore(owner, 'c')).rejects.toMatchObject({ code: 'SB_NOT_FOUND' });
  await expect(conversations.create(owner, { id: 'c' })).rejects.toMatchObject({ code: 'SB_NOT_FOUND' });
  await conversations.sweep(Date.now() + limits.goneMs + 2 * 24 * 60 * 60_000);
  expect(await conversations.create(owner, { id: 'c' })).toMatchObject({ state: 'kept' });
  rmSync(dir, { recursive: true, force: true });
});
