import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createWriteAt } from './disk-write.ts';

async function aFile() {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-write-'));
  const path = join(dir, 'file');
  const file = await open(path, 'w+');
  onTestFinished(async () => {
    await file.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { file, content: () => readFileSync(path, 'latin1') };
}

/** A clock by which every write takes as long as it is told. */
function aClock() {
  const clock = { writeMs: 0, at: 0, started: false };
  const now = () => {
    if (clock.started) clock.at += clock.writeMs;
    clock.started = !clock.started;
    return clock.at;
  };
  return { clock, now };
}

const byte = Buffer.from('x');

test('a quick disk is written to at once', async () => {
  const { file, content } = await aFile();
  const writeAt = createWriteAt();
  expect(writeAt(file, Buffer.from('hello'), 0)).toBeUndefined();
  expect(writeAt(file, Buffer.from('J'), 0)).toBeUndefined();
  expect(content()).toBe('Jello');
});

test('after one slow write a thread does them, until a hundred in a row were quick', async () => {
  const { file } = await aFile();
  const { clock, now } = aClock();
  const writeAt = createWriteAt(now);
  clock.writeMs = 50;
  expect(writeAt(file, byte, 0)).toBeUndefined();
  clock.writeMs = 1;
  for (let index = 0; index < 60; index += 1) {
    const writing = writeAt(file, byte, index);
    expect(writing).toBeInstanceOf(Promise);
    await writing;
  }
  clock.writeMs = 50;
  await writeAt(file, byte, 0);
  clock.writeMs = 1;
  for (let index = 0; index < 100; index += 1) {
    const writing = writeAt(file, byte, index);
    expect(writing).toBeInstanceOf(Promise);
    await writing;
  }
  expect(writeAt(file, byte, 0)).toBeUndefined();
});

test('what is large goes by a thread, whole', async () => {
  const { file, content } = await aFile();
  const bytes = Buffer.alloc(3_000_000, 'abc');
  const writing = createWriteAt()(file, bytes, 2);
  expect(writing).toBeInstanceOf(Promise);
  await writing;
  expect(content()).toBe(`\0\0${bytes.toString('latin1')}`);
});

test('what fails is said, by either way', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-write-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = await open(join(dir, 'file'), 'w');
  await file.close();
  const { clock, now } = aClock();
  const writeAt = createWriteAt(now);
  clock.writeMs = 50;
  expect(() => writeAt(file, byte, 0)).toThrow();
  await expect(writeAt(file, byte, 0)).rejects.toThrow();
});
