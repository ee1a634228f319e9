import { describe, expect, it } from 'vitest';
import { heldSchema } from './held-schema.ts';

describe('heldSchema', () => {
  it('leaves alone what can be held to', () => {
    const schema = {
      type: 'object',
      properties: {
        when: { type: 'string', format: 'date' },
        kind: { enum: ['a', 'b'] },
        items: { type: 'array', items: { $ref: '#/$defs/Item' }, minItems: 1 },
      },
      required: ['when', 'kind'],
      additionalProperties: false,
      $defs: { Item: { type: 'object', properties: {}, additionalProperties: false } },
    };
    expect(heldSchema(schema)).toEqual(schema);
  });

  it('tells the model of bounds that nobody enforces', () => {
    expect(
      heldSchema({ type: 'integer', description: 'Years.', minimum: 0, maximum: 150, title: 'Age' }),
    ).toEqual({ type: 'integer', title: 'Age', description: 'Years.\n\n{minimum: 0, maximum: 150}' });
    expect(heldSchema({ type: 'array', items: { type: 'string', pattern: '^a' }, minItems: 3 })).toEqual({
      type: 'array',
      items: { type: 'string', description: '{pattern: "^a"}' },
      description: '{minItems: 3}',
    });
  });

  it('closes every object, and takes one of several as any of them', () => {
    expect(
      heldSchema({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        oneOf: [{ type: 'object', properties: { a: { type: ['object', 'null'] } } }, { type: 'null' }],
      }),
    ).toEqual({
      anyOf: [
        {
          type: 'object',
          properties: { a: { type: ['object', 'null'], additionalProperties: false } },
          additionalProperties: false,
        },
        { type: 'null' },
      ],
    });
  });

  it('takes a property for a property, whatever it is called', () => {
    const properties = {
      minimum: { type: 'number' },
      description: { type: 'string' },
      $schema: { type: 'string' },
    };
    expect(heldSchema({ type: 'object', properties })).toEqual({
      type: 'object',
      properties,
      additionalProperties: false,
    });
  });
});
