import { awsErrors, streamExceptions } from '../../packages/bedrock-emulator/src/errors.ts';
import { type Fault, parseFault } from '../../packages/bedrock-emulator/src/faults.ts';

/** A bad day of Bedrock, and what may come of an answer on it. */
export interface BadDay {
  /** In the words of the emulator: docs/emulator.md. */
  readonly name: string;
  readonly fault: Fault;
  /** `fine`: nothing is missing, so the answer must be whole and right. `either`: some doors ask for a stream anyway. */
  readonly streamed: 'fine' | 'fails';
  readonly whole: 'fine' | 'fails' | 'either';
  /** How long Bedrock may be silent, where that is what happens. */
  readonly silent?: true;
}

type Outcome = Omit<BadDay, 'name' | 'fault'>;

const fails: Outcome = { streamed: 'fails', whole: 'fails' };
const fine: Outcome = { streamed: 'fine', whole: 'fine' };
/** There is nothing of it in an answer that Bedrock sends whole. */
const failsInStream: Outcome = { streamed: 'fails', whole: 'either' };

const words: Readonly<Record<string, Outcome>> = {
  // Those that wait come first: the others are lived through meanwhile.
  'stall headers': { ...fails, silent: true },
  'stall 0': { ...fails, silent: true },
  'stall 4': { ...fails, silent: true },
  ...Object.fromEntries(Object.keys(awsErrors).map((name) => [name, fails])),
  ...Object.fromEntries(
    Object.keys(streamExceptions).flatMap((name) => [
      [`exception ${name} 0`, fails],
      [`exception ${name} 4`, fails],
    ]),
  ),
  'cut headers': fails,
  'cut mid-frame 0': fails,
  'cut mid-frame 4': fails,
  'cut before-stop': fails,
  'end mid-frame 0': fails,
  'end mid-frame 4': fails,
  'end before-stop': fails,
  empty: fails,
  'corrupt message 0': fails,
  'corrupt message 4': fails,
  'corrupt prelude 4': fails,
  'corrupt length 4': fails,
  'stall headers 150': fine,
  'stall 4 150': fine,
  'unknown 0': fine,
  'unknown 4': fine,
  'huge 1048576 4': fine,
  'huge 33554432 4': failsInStream,
  bytes: fine,
  together: fine,
  'drip 200 2': fine,
  'skew 600': fails,
};

/** Every bad day that the emulator knows. */
export const badDays: readonly BadDay[] = Object.entries(words).map(([name, outcome]) => {
  const parsed = parseFault(name);
  if (typeof parsed === 'string') throw new Error(parsed);
  return { name, fault: parsed.fault, ...outcome };
});
