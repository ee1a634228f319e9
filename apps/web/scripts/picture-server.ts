import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A server for pictures: its own data, and the demo model. */
export interface PictureServer extends AsyncDisposable {
  readonly url: string;
  readonly process: ChildProcess;
}

/**
 * Starts it on a free port, with two hundred conversations of the last months in its list and some presets; with a
 * `key`, nobody comes in without.
 */
export async function startPictureServer(key?: string): Promise<PictureServer> {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-pictures-'));
  const first = await start(folder);
  await fill(first.url);
  await keepPresets(first.url);
  await stop(first.process);
  spread(join(folder, 'streambed.db'));
  const server = await start(folder, key);
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await stop(server.process);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function start(
  folder: string,
  key?: string,
): Promise<{ readonly process: ChildProcess; readonly url: string }> {
  const flags = ['--port', '0', '--upstream', 'emulator', '--data-dir', folder];
  const server = spawn(process.execPath, [join(root, 'apps/server/src/main.ts'), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(key !== undefined && { env: { ...process.env, STREAMBED_API_KEY: key } }),
  });
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    server.stdout.on('data', (chunk) => {
      said += String(chunk);
      const found = /http:\/\/\S+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    });
    server.once('exit', () => reject(new Error(`the server did not start: ${said}`)));
  });
  return { process: server, url };
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  // A running answer would hold it; the second signal says that nobody waits for it.
  setTimeout(() => server.kill('SIGTERM'), 500).unref();
  await exited;
}

const subjects = [
  'Back-pressure in WebSocket relays',
  'A reading list on stream processing',
  'Why does my SSE endpoint buffer?',
  'Rename a column without downtime',
  'TypeScript: discriminated unions in practice',
  'Compare three queueing libraries',
  'Letter to the landlord',
  'Explain Nagle’s algorithm',
  'Regex for ISO dates',
  'Sourdough with rye, 60 % hydration',
  'SQLite or Postgres for a desktop app',
  'Draft the release notes',
  'Which index does this query need?',
  'Kubernetes liveness and readiness probes',
  'Translate the onboarding mail',
  'Trip to the Engadin in October',
  'Summarise the incident of Tuesday',
  'Names for a river-themed project',
];

async function fill(url: string): Promise<void> {
  for (let place = 0; place < 200; place += 1) {
    const subject = subjects[place % subjects.length];
    const round = Math.floor(place / subjects.length);
    const title = round === 0 ? subject : `${subject} (${round + 1})`;
    await fetch(new URL('streambed/v1/conversations', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: `seed${place}`, title, pinned: place === 3 || place === 10 }),
    });
  }
}

async function keepPresets(url: string): Promise<void> {
  const presets = {
    'Careful reviewer': {
      system: 'Review code as a colleague would. Name the worst fault first.',
      temperature: 0.2,
    },
    'Plain words': { system: 'Answer in three sentences a child understands.' },
    'Long thought': { thinking: 'on', thinking_budget: 8_000 },
  };
  for (const [name, parameters] of Object.entries(presets)) {
    await fetch(new URL('streambed/v1/presets', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, parameters }),
    });
  }
}

/** They were all made a moment ago; people's lists reach back. */
function spread(file: string): void {
  const database = new DatabaseSync(file);
  try {
    const ids = database.prepare('select id from conversation order by created_at, id').all();
    const touch = database.prepare('update conversation set updated_at = ? where id = ?');
    for (const { id } of ids) {
      const place = Number(String(id).replace('seed', ''));
      const hours = place < 6 ? place : 20 + place ** 1.6 / 2;
      touch.run(Math.round(Date.now() - hours * 3_600_000), String(id));
    }
  } finally {
    database.close();
  }
}
