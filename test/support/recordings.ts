import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, test } from 'vitest';

/** One recorded HTTP exchange with Bedrock: a file of the folder that `STREAMBED_RECORDINGS` names. */
export interface Recording {
  /** The file's name without `.json`. */
  readonly name: string;
  readonly operation: string;
  readonly modelId: string | null;
  /** How near the bytes are to what was on the wire. */
  readonly fidelity: 'wire' | 'reserialised' | 'edited' | 'reported';
  readonly note?: string;
  readonly request: {
    readonly method: string;
    readonly host: string | null;
    readonly path: string | null;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** The body's JSON. */
    readonly body?: unknown;
    /** The body's exact text, where it differs from compact JSON. */
    readonly bodyText?: string;
    /** A binary body (event stream), byte for byte. */
    readonly bodyBase64?: string;
  };
  /** What an independent decoder found in an event-stream body. */
  readonly verify?: {
    readonly bytes: number;
    readonly frames: number;
    readonly crc: string;
    readonly types: Readonly<Record<string, number>>;
  };
}

/**
 * Where the recordings are, as an absolute path; undefined where `STREAMBED_RECORDINGS` is unset. Throws when it is
 * set but names nothing: a mistyped folder must not turn the proof into a skip.
 */
function recordingsFolder(): string | undefined {
  const named = process.env.STREAMBED_RECORDINGS;
  if (named === undefined) return undefined;
  if (named === '') throw new Error('STREAMBED_RECORDINGS is set but empty. Unset it, or name the folder.');
  const folder = resolve(named);
  if (!existsSync(folder)) throw new Error(`STREAMBED_RECORDINGS names ${folder}, which does not exist.`);
  if (!readdirSync(folder).some((file) => file.endsWith('.json'))) {
    throw new Error(`STREAMBED_RECORDINGS names ${folder}, which holds no recordings.`);
  }
  return folder;
}

/** A folder that stands beside the recordings (`eventstream-vectors`, `sigv4-vectors`), under the same rules. */
export function vectorsFolder(name: string): string | undefined {
  const recordings = recordingsFolder();
  if (recordings === undefined) return undefined;
  const folder = join(dirname(recordings), name);
  if (!existsSync(folder)) throw new Error(`${folder} does not exist; it belongs beside the recordings.`);
  return folder;
}

/** Every recording there is, by name; empty only where `STREAMBED_RECORDINGS` is unset. */
function loadRecordings(): readonly Recording[] {
  const folder = recordingsFolder();
  if (folder === undefined) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Recording, 'name'>),
      name: file.slice(0, -'.json'.length),
    }));
}

/** The bytes of a recorded answer's body. */
export function responseBytes({ response }: Recording): Uint8Array {
  if (response.bodyBase64 !== undefined) return Buffer.from(response.bodyBase64, 'base64');
  return Buffer.from(response.bodyText ?? JSON.stringify(response.body ?? ''), 'utf8');
}

/** A suite over the recordings. Where there are none it is skipped, and says so aloud. */
export function describeWithRecordings(
  name: string,
  suite: (recordings: readonly Recording[]) => void,
): void {
  const recordings = loadRecordings();
  if (recordings.length > 0) {
    describe(name, () => suite(recordings));
    return;
  }
  console.warn(`SKIPPED: "${name}" needs STREAMBED_RECORDINGS, the folder of recorded Bedrock exchanges.`);
  describe(name, () => {
    test.skip('needs STREAMBED_RECORDINGS, the folder of recorded Bedrock exchanges', () => {});
  });
}
