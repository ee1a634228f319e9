import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDataDir } from './data-dir.ts';

const isRoot = process.geteuid?.() === 0;

// Only root can be somebody else.
test.runIf(isRoot)(
  'a folder of somebody else that can be written is used, with the rights that it has',
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'streambed-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    chmodSync(dir, 0o777);
    process.seteuid?.(65_534);
    try {
      using data = openDataDir({ dir, asked: true });
      expect(data.path).toBe(dir);
      expect(data.standsInFor).toBeUndefined();
    } finally {
      process.seteuid?.(0);
    }
    expect(statSync(dir).mode & 0o777).toBe(0o777);
  },
);
