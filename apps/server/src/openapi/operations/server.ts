import { json, listOf, type Operation, object, oneOf, string } from '../operation.ts';

const about = { tag: 'Operation', errors: 'StreambedError', method: 'get' } as const;

/** What a load balancer, a person or a generator of clients asks. */
export const serverOperations: readonly Operation[] = [
  {
    ...about,
    path: '/healthz',
    open: true,
    summary: 'Whether the process lives',
    answers: { 200: json('It does', object({ status: oneOf('ok') })) },
  },
  {
    ...about,
    path: '/readyz',
    open: true,
    summary: 'Whether it takes new work',
    answers: {
      200: json('It does; what of its data folder cannot be written is named', {
        ...object({ status: oneOf('ready') }),
        properties: { status: oneOf('ready'), failing: listOf(string) },
      }),
      503: json('It is stopping', object({ status: oneOf('draining') })),
    },
  },
  {
    ...about,
    path: '/metrics',
    summary: 'Figures for Prometheus; for programs on this machine, and for admins',
    answers: { 200: { what: 'The figures', content: { 'text/plain': string } } },
  },
  {
    ...about,
    path: '/openapi.json',
    summary: 'This description, in OpenAPI 3.1',
    answers: { 200: json('The description', object({ openapi: string, paths: { type: 'object' } })) },
  },
  {
    ...about,
    path: '/reference',
    summary: 'This description, as a page',
    answers: { 200: { what: 'The page', content: { 'text/html': string } } },
  },
  {
    ...about,
    path: '/reference.css',
    summary: 'How that page looks',
    answers: { 200: { what: 'The style sheet', content: { 'text/css': string } } },
  },
];
