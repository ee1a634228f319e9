import { z } from 'zod';
import { schemaNames } from './json-schema-names.ts';

/**
 * A loose object told apart by its `type`. A kind that `known` lists is checked by its own schema; any other needs
 * only its `type` and is kept as it is, so that what is newer than this version passes through. `id` names it in
 * `schemaNames`, and its kinds below it (`ContentBlock.text`).
 */
export function tagged(id: string, known: Readonly<Record<string, z.ZodType>>) {
  const schema = z.looseObject({ type: z.string() }).superRefine((value, context) => {
    // hasOwn: a `type` of "constructor" must not find what every object inherits.
    const kind = Object.hasOwn(known, value.type) ? known[value.type] : undefined;
    for (const issue of kind?.safeParse(value).error?.issues ?? []) context.addIssue({ ...issue } as never);
  });
  schemaNames.add(schema, { id, kinds: nameKinds(id, known) });
  return schema;
}

function nameKinds(id: string, known: Readonly<Record<string, z.ZodType>>): Record<string, string> {
  const named = Object.entries(known).map(([type, schema]) => {
    if (!schemaNames.has(schema)) schemaNames.add(schema, { id: `${id}.${type.replace(':', '_')}` });
    return [type, (schemaNames.get(schema) as { id: string }).id];
  });
  return Object.fromEntries(named) as Record<string, string>;
}
