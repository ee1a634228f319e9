import { Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { TimeHistogram } from './time-histogram.ts';

const definition = {
  name: 'gap_seconds',
  type: 'histogram',
  help: 'Gaps.',
  labels: [],
  buckets: [0.1, 1, 5],
} as const;

test('counts and writes as prom-client does', async () => {
  const registry = new Registry();
  const theirs = new Histogram({ ...definition, buckets: [...definition.buckets], registers: [registry] });
  const ours = new TimeHistogram(definition);
  for (const seconds of [0, 0.1, 0.25, 1, 4.5, 5, 60]) {
    theirs.observe(seconds);
    ours.observe(seconds);
  }
  expect(ours.toString().trim()).toBe((await registry.metrics()).trim());
});
