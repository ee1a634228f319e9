import {
  type ErrorShape,
  integer,
  json,
  listOf,
  type Operation,
  object,
  oneOf,
  string,
} from '../operation.ts';

const model = object({
  id: string,
  type: oneOf('model'),
  display_name: string,
  created_at: string,
  max_input_tokens: { type: ['integer', 'null'] },
  max_tokens: { type: ['integer', 'null'] },
  object: oneOf('model'),
  created: integer,
  owned_by: string,
});

const page = object({
  object: oneOf('list'),
  data: listOf(model),
  has_more: { type: 'boolean' },
  first_id: { type: ['string', 'null'] },
  last_id: { type: ['string', 'null'] },
});

/** The list of models that the clients of both ecosystems read, below `prefix`. */
export function modelOperations(prefix: string, errors: ErrorShape): readonly Operation[] {
  return [
    {
      method: 'get',
      path: `${prefix}/models`,
      tag: 'Models',
      summary: 'The models that can be asked, for Anthropic’s and OpenAI’s clients alike',
      query: [
        { name: 'limit', what: 'how many at most', schema: { type: 'integer', minimum: 1, maximum: 1000 } },
        { name: 'after_id', what: 'those after this one', schema: string },
        { name: 'before_id', what: 'those before this one', schema: string },
      ],
      answers: { 200: json('A page; without a query everything', page) },
      errors,
    },
    {
      method: 'get',
      path: `${prefix}/models/{model}`,
      route: `${prefix}/models/*`,
      tag: 'Models',
      summary: 'One model, by any name that a request may use',
      answers: { 200: json('The model', model) },
      errors,
    },
  ];
}
