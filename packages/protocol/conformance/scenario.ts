import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

/** Which client a step is about; `one` where it doesn't say. A client keeps what it has read across its lines. */
interface OfClient {
  readonly client?: string;
}

/** One step; exactly one of the fields but `client` says which. */
export type Step = OfClient &
  (
    | { /** Opens a line, with the subprotocol. */ readonly connect: true }
    | { /** Sends a frame; `$seen` in `after` is the last seq this client has. */ readonly send: object }
    | {
        /** Sends text as it stands; more than once with `times`. */ readonly sendText: string;
        readonly times?: number;
      }
    | { /** Sends a frame so many bytes longer than `hello` allows. */ readonly sendOversize: number }
    | {
        /** Waits for a frame like this. Pings, events and changes pass by; another frame fails it. */ readonly expect: object;
      }
    | {
        /** Reads events: so many more, or up to the end, which may have to be like this. */ readonly read: ReadStep;
      }
    | { /** For so long no frame may come but pings. */ readonly quiet: number }
    | { /** Cuts the line without a word. */ readonly drop: true }
    | {
        /** The server closes the line with this code. */ readonly closed:
          | number
          | { readonly $oneOf: readonly number[] };
      }
    | { readonly delay: number }
    | {
        /** The messages these clients have of a generation are equal. */ readonly same: {
          readonly generation: string;
          readonly clients: readonly string[];
        };
      }
    | { /** What happens to the server itself. */ readonly server: 'kill' | 'terminate' | 'start' }
  );

export interface ReadStep {
  readonly generation: string;
  readonly events?: number;
  /** What `generation_stop` must be like. */
  readonly end?: object;
  /** The variable that remembers the id of the tool call in it. */
  readonly tool?: string;
}

/** A promise of the protocol as something that can be tried. */
export interface Scenario {
  /** Its file's name. */
  readonly name: string;
  /** The promise, in a sentence. */
  readonly title: string;
  /** `control`: it kills and starts the server. `slow`: it waits for pings. */
  readonly needs: readonly ('control' | 'slow')[];
  readonly steps: readonly Step[];
}

/** Every scenario of this folder. */
export function loadScenarios(folder = join(import.meta.dirname, 'scenarios')): readonly Scenario[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const { title, needs = [], steps } = parse(readFileSync(join(folder, file), 'utf8'));
      return { name: basename(file, '.yaml'), title, needs, steps };
    });
}
