import { z } from 'zod';

/**
 * A loose object told apart by its `type`. A kind that `known` lists is checked by its own schema; any other needs
 * only its `type` and is kept as it is, so that what is newer than this version passes through.
 */
export function tagged(known: Readonly<Record<string, z.ZodType>>) {
  return z.looseObject({ type: z.string() }).superRefine((value, context) => {
    // hasOwn: a `type` of "constructor" must not find what every object inherits.
    const schema = Object.hasOwn(known, value.type) ? known[value.type] : undefined;
    for (const issue of schema?.safeParse(value).error?.issues ?? []) context.addIssue({ ...issue } as never);
  });
}
