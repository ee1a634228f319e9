import { z } from 'zod';

/** What a schema is called where it is published as JSON Schema. */
export interface SchemaName {
  readonly id: string;
  /** Of a schema made by `tagged`: the names of its kinds, by their `type`. */
  readonly kinds?: Readonly<Record<string, string>>;
}

/** The schemas that have a name of their own in `/openapi.json`; all others stand where they are used. */
export const schemaNames = z.registry<SchemaName>();
