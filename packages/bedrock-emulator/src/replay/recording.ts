import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFields } from '../bodies/problems.ts';

/** One exchange with Bedrock as a file holds it. What more a file says is left alone. */
export interface RecordedExchange {
  /** The file's name without `.json`. */
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly host: string | null;
    /** As it was on the wire, with the query. `null`: nobody knows, so it is never served. */
    readonly path: string | null;
    readonly headers: Readonly<Record<string, string>>;
    /** The body's JSON; `null` for none. */
    readonly body: unknown;
    /** A body that is no JSON, base64. */
    readonly bodyBase64?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    /** The body's exact text, where it differs from compact JSON. */
    readonly bodyText?: string;
    /** A body that is no JSON (an event stream), byte for byte. */
    readonly bodyBase64?: string;
    /** From each offset on, the bytes came so many milliseconds after the request had been sent. */
    readonly timings?: readonly (readonly [number, number])[];
  };
}

/** Every exchange of a folder, by name. Rejects where there is none, or where a file can't be read. */
export async function readExchanges(folder: string): Promise<readonly RecordedExchange[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const exchanges = await Promise.all(
    files.map(async (file) => {
      const value: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'));
      if (!isFields(value) || !isFields(value.request) || !isFields(value.response))
        throw new Error(`${join(folder, file)} is no recorded exchange: it has no request and response.`);
      if (typeof value.response.status !== 'number')
        throw new Error(`${join(folder, file)} is no recorded exchange: its response has no status.`);
      const { request, response } = value;
      return { name: file.slice(0, -'.json'.length), request, response } as unknown as RecordedExchange;
    }),
  );
  if (exchanges.length === 0) throw new Error(`${folder} holds no recorded exchanges.`);
  return exchanges;
}

/** The bytes of a recorded answer. */
export function answerBytes({ response }: RecordedExchange): Buffer {
  if (response.bodyBase64 !== undefined) return Buffer.from(response.bodyBase64, 'base64');
  if (response.bodyText !== undefined) return Buffer.from(response.bodyText, 'utf8');
  return Buffer.from(response.body === undefined ? '' : JSON.stringify(response.body), 'utf8');
}

/** How a body stands in a file: as JSON where it is JSON, with its exact text where that differs, else base64. */
export function bodyFields(bytes: Buffer): { body?: unknown; bodyText?: string; bodyBase64?: string } {
  if (bytes.length === 0) return {};
  const text = bytes.toString('utf8');
  const exact = Buffer.from(text, 'utf8').equals(bytes);
  if (exact) {
    try {
      const body: unknown = JSON.parse(text);
      return JSON.stringify(body) === text ? { body } : { body, bodyText: text };
    } catch {
      // No JSON: kept as bytes.
    }
  }
  return { bodyBase64: bytes.toString('base64') };
}

/** Writes files numbered on from those a folder has; a file is whole or not there. */
export class RecordingFolder {
  readonly #folder: string;
  #number: Promise<number> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns the file's path. `label`: what stands behind its number. */
  async write(label: string, value: unknown): Promise<string> {
    this.#number = (this.#number ?? this.#last()).then((number) => number + 1);
    const number = String(await this.#number).padStart(4, '0');
    const slug = label
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 80)
      .replace(/^-|-$/g, '');
    const file = join(this.#folder, `${number}-${slug}.json`);
    await writeFile(`${file}.part`, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600 });
    await rename(`${file}.part`, file);
    return file;
  }

  async #last(): Promise<number> {
    await mkdir(this.#folder, { recursive: true });
    const numbers = (await readdir(this.#folder)).map((file) => Number(/^(\d+)-/.exec(file)?.[1] ?? 0));
    return Math.max(0, ...numbers);
  }
}
