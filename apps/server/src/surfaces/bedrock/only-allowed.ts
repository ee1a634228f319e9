/** AWS's list of models or profiles without those that the caller may not use; byte for byte where that is none. */
export function onlyAllowed(body: string, mayUse: (name: string) => boolean): string {
  const answer = JSON.parse(body) as Readonly<Record<string, unknown>>;
  let left = false;
  const entries = Object.entries(answer).map(([field, list]) => {
    if (!Array.isArray(list)) return [field, list];
    const kept = list.filter((row: Row) =>
      [row.modelId, row.modelArn, row.inferenceProfileId, row.inferenceProfileArn].some(
        (name) => typeof name === 'string' && mayUse(name),
      ),
    );
    left ||= kept.length < list.length;
    return [field, kept];
  });
  return left ? JSON.stringify(Object.fromEntries(entries)) : body;
}

interface Row {
  readonly modelId?: unknown;
  readonly modelArn?: unknown;
  readonly inferenceProfileId?: unknown;
  readonly inferenceProfileArn?: unknown;
}
