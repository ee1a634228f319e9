/** What every client is shown to do, in this order on the page. A client's own features come after them. */
export const commonFeatures = ['plain', 'stream', 'tools', 'images', 'thinking', 'error', 'abort'] as const;

/** `works`: the client gets what it asks for. `refused`: it gets an error that it understands and that says why. */
export type Outcome = 'works' | 'refused';

/** One line of docs/client-matrix.md, declared by a test in the test's own name. */
export interface DeclaredFeature {
  readonly client: string;
  readonly name: string;
  readonly outcome: Outcome;
}

const separator = ' · ';

/** The name of the test that shows it. Throws where a part could not be read back from the name. */
export function testNameOf({ client, name, outcome }: DeclaredFeature): string {
  if ([client, name].some((part) => part.includes(separator) || /[|>]/.test(part))) {
    throw new Error(
      `A client's and a feature's name hold no "${separator}", "|" or ">": ${client}, ${name}.`,
    );
  }
  return [client, name, outcome].join(separator);
}

/** Reads a test's full name (suites first) back; undefined where no `feature` made the test. */
export function declaredFeature(testName: string): DeclaredFeature | undefined {
  const [client, name, outcome, ...rest] = (testName.split(' > ').at(-1) as string).split(separator);
  if (client === undefined || name === undefined || rest.length > 0) return undefined;
  if (outcome !== 'works' && outcome !== 'refused') return undefined;
  return { client, name, outcome };
}
