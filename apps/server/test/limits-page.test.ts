import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { defaultDeadlines } from '@streambed/bedrock';
import { maxJsonDepth } from '@streambed/protocol';
import { maxFrameBytes } from '@streambed/protocol/frames';
import { expect, test } from 'vitest';
import { defaultPresenceTimes } from '../src/access/presence.ts';
import { defaultBodyLimits } from '../src/bodies/bodies.ts';
import { maxSkeleton } from '../src/bodies/limits.ts';
import { settings } from '../src/config/settings.ts';
import { readConfig } from '../src/config.ts';
import { readerLimits } from '../src/database/database.ts';
import { requestBounds } from '../src/generation/request-bounds.ts';
import { maxBodyBytes, maxHeaderBytes, maxTextBytes, requestTimes } from '../src/http/limits.ts';
import { defaultConnectionLimits } from '../src/socket/connection.ts';
import { defaultLogLimits } from '../src/stream-log/memory-options.ts';
import { maxWaiting } from '../src/surfaces/ws-model.ts';

const { listen, generations, data } = readConfig({ argv: [], env: {}, cwd: tmpdir() });

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function bytes(value: number): string {
  for (const [unit, size] of [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const) {
    if (value % size === 0) return `${value / size} ${unit}`;
  }
  return `${value} bytes`;
}

function time(ms: number): string {
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms % size === 0) return `${ms / size} ${unit}`;
  }
  return `${ms} ms`;
}

const share = 'a quarter of those for each key; all without keys';

/** What the code says. */
const bounds: Readonly<Record<string, readonly [fallback: string, setting?: string]>> = {
  sockets: [count(listen.maxConnections), 'max_connections'],
  'sockets of one caller': [listen.maxConnectionsPerCaller ?? share, 'max_connections_per_caller'].map(
    String,
  ) as [string, string],
  'generations running': [count(generations.max), 'max_generations'],
  'generations of one caller': [String(generations.maxPerCaller ?? share), 'max_generations_per_caller'],
  'generations of one socket': [count(generations.maxPerSocket), 'max_generations_per_socket'],
  'generations waiting': [count(generations.maxQueue), 'max_queue'],
  'generations of one caller waiting': [
    String(generations.maxQueuePerCaller ?? share),
    'max_queue_per_caller',
  ],
  'time to wait for a place': [time(generations.queueMs), 'queue_ms'],
  'bytes of large bodies held': [bytes(defaultBodyLimits.held)],
  'look-ups waiting for the reading thread': [count(readerLimits.most)],
  'prompts waiting on one `/ws/model`': [count(maxWaiting)],
  'body of a request to a model': [bytes(maxBodyBytes)],
  'body of embeddings': [bytes(maxTextBytes)],
  'any other body': [bytes(maxTextBytes)],
  'body beside its long strings': [bytes(maxSkeleton)],
  'URL and headers': [bytes(maxHeaderBytes)],
  'frame on `/ws`, prompt on `/ws/model`': [bytes(maxFrameBytes)],
  'depth of JSON': [count(maxJsonDepth)],
  'turns of a request': [count(requestBounds.turns)],
  'content blocks of a request': [count(requestBounds.blocks)],
  'tools of a request': [count(requestBounds.tools)],
  'one image, decoded': [bytes(requestBounds.imageBytes)],
  'one document or other file, decoded': [bytes(requestBounds.fileBytes)],
  'events of one answer kept': [bytes(defaultLogLimits.sizePerGeneration)],
  'unsent for one reader': [bytes(defaultConnectionLimits.maxUnsent)],
  'answers on disk': [bytes(data.maxBytes), 'data_max_mb'],
  'head of a request': [time(requestTimes.headMs)],
  'whole request': [time(requestTimes.wholeMs)],
  'silence between requests': [time(requestTimes.idleMs)],
  'to say who asks, on a socket that may say it later': [time(defaultPresenceTimes.lateMs)],
  'connection to Bedrock': [time(defaultDeadlines.connectMs), 'timeouts.connect_ms'],
  'first event': [time(defaultDeadlines.firstEventMs), 'timeouts.first_event_ms'],
  'between events': [time(defaultDeadlines.idleMs), 'timeouts.idle_ms'],
  'whole answer': [time(defaultDeadlines.totalMs), 'timeouts.total_ms'],
  'HTTP status held for the first event': [time(generations.statusHoldMs), 'status_hold_ms'],
  'reader that takes nothing': [time(defaultConnectionLimits.stallMs)],
  'what has ended can be read': [time(generations.resumeSeconds * 1000), 'resume_seconds'],
  'a look-up in the reading thread': [time(readerLimits.deadlineMs)],
  'running answers, once the server leaves': [time(generations.drainMs), 'drain_ms'],
};

test('docs/limits.md says of every bound what the code does', () => {
  const page = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (---|bound)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim()),
    );
  const expected = Object.entries(bounds).map(([name, [fallback, setting]]) => [
    name,
    fallback,
    setting === undefined ? '' : `\`${setting}\``,
  ]);
  expect(rows).toEqual(expected);
  const known = settings.map(({ key }) => key);
  for (const [, setting] of Object.values(bounds))
    if (setting !== undefined) expect(known).toContain(setting);
  const limiting = known.filter((key) =>
    /^(max_|queue_ms|timeouts\.|drain_ms|status_hold|resume_s|data_max)/.test(key),
  );
  expect(limiting.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});
