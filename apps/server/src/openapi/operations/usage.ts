import { filterNames } from '../../usage/usage-filter.ts';
import { type Answer, listOf, type Operation, object, type Parameter, string } from '../operation.ts';

const about = { tag: 'Usage', errors: 'StreambedError', method: 'get' } as const;
const path = '/streambed/v1/usage';

const chosenBy: readonly Parameter[] = [
  { name: 'from', what: 'those that ended from then on', schema: string },
  { name: 'to', what: 'those that ended before then', schema: string },
  ...filterNames.map((name) => ({ name, what: `only those of this ${name}`, schema: string })),
  { name: 'limit', what: '100 where it is not said', schema: { type: 'integer', minimum: 1, maximum: 1000 } },
  { name: 'after', what: '`next` of the page before', schema: string },
];

/** JSON, or CSV for who accepts only that. */
function listed(what: string, field: string): Answer {
  const page = object({ from: string, to: string, [field]: listOf({ type: 'object' }) });
  return { what, content: { 'application/json': page, 'text/csv': string } };
}

/** What was used, and what it cost. */
export const usageOperations: readonly Operation[] = [
  {
    ...about,
    path,
    summary: 'Sums of what was used; admins see everybody’s, others their own',
    query: [
      { name: 'group', what: 'what is summed apart, separated by commas', schema: string },
      ...chosenBy,
    ],
    answers: { 200: listed('The sums', 'items') },
  },
  {
    ...about,
    path: `${path}/records`,
    summary: 'What was used, one record for each generation; admins see everybody’s, others their own',
    query: chosenBy,
    answers: { 200: listed('A page of records, in the order of their ends', 'records') },
  },
];
