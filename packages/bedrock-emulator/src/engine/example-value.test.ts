import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { times } from '../../../../test/support/long.ts';
import { seededRandom } from '../random.ts';
import type { Json, JsonObject } from '../turn.ts';
import { exampleObject, exampleValue } from './example-value.ts';
import { isValid } from './schema.ts';

const random = seededRandom('examples');

const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constantFrom<JsonObject>(
    { type: 'boolean' },
    { type: 'null' },
    { type: ['string', 'null'] },
    { const: 'fixed' },
    { enum: ['red', 'green', 3] },
    { type: 'string', format: 'date-time' },
    { type: 'string', pattern: '^[A-Z]{2,3}$' },
    { $ref: '#/$defs/shared' },
  ),
  fc.record({ least: fc.nat(20), more: fc.nat(20) }).map(({ least, more }) => ({
    type: 'string',
    minLength: least,
    maxLength: least + more,
  })),
  fc.record({ low: fc.integer({ min: -1000, max: 1000 }), more: fc.nat(50) }).map(({ low, more }) => ({
    type: 'integer',
    minimum: low,
    maximum: low + more,
  })),
  fc.double({ min: -5, max: 5, noNaN: true }).map((low) => ({
    type: 'number',
    exclusiveMinimum: low,
    exclusiveMaximum: low + 2,
  })),
  fc.constantFrom(2, 5, 10).map((multipleOf) => ({ type: 'integer', multipleOf, minimum: 1 })),
);

const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    { weight: 2, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: fc
        .record({ items: tie('schema'), least: fc.nat(4), unique: fc.constant(undefined) })
        .map(({ items, least }) => ({ type: 'array', items, minItems: least })),
    },
    {
      weight: 1,
      arbitrary: fc
        .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('schema'), { maxKeys: 4 })
        .chain((properties) =>
          fc.subarray(Object.keys(properties)).map((required) => ({
            type: 'object',
            properties,
            required,
            additionalProperties: false,
          })),
        ),
    },
    {
      weight: 1,
      arbitrary: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    },
  ) as fc.Arbitrary<JsonObject>,
}));

describe('an example', () => {
  it('is valid for its schema', () => {
    fc.assert(
      fc.property(schema, fc.string({ maxLength: 30 }), (given, prompt) => {
        const whole = { ...given, $defs: { shared: { type: 'string', minLength: 12 } } };
        expect(isValid(whole, exampleValue(whole, prompt, random))).toBe(true);
      }),
      { numRuns: times(500) },
    );
  });

  it('takes from the prompt what it offers', () => {
    const weather: JsonObject = {
      type: 'object',
      properties: {
        city: { type: 'string' },
        days: { type: 'integer', maximum: 7 },
        unit: { enum: ['celsius', 'fahrenheit'] },
      },
      required: ['city', 'days'],
    };
    expect(exampleObject(weather, 'The weather in Oslo for 3 days, in fahrenheit units', random)).toEqual({
      city: 'Oslo',
      days: 3,
      unit: 'fahrenheit',
    });
    expect(exampleObject(weather, "What's up for 30 days?", random)).toMatchObject({ days: 7 });
  });

  it.each<[string, Json]>([
    ['nothing', false],
    ['a number between two that leave none', { type: 'integer', minimum: 5, maximum: 4 }],
    ['a pattern nobody guesses', { type: 'string', pattern: '^x{7}y{13}$' }],
    ['a reference to nowhere', { $ref: '#/$defs/nobody' }],
    ['a reference to itself', { $ref: '#' }],
  ])('is refused for %s', (_, impossible) => {
    expect(() => exampleValue(impossible, '', random)).toThrow('valid for this schema');
  });
});

describe('isValid', () => {
  it.each<[JsonObject, Json, Json]>([
    [{ type: 'integer' }, 1, 1.5],
    [{ type: ['string', 'null'] }, null, 1],
    [{ enum: ['a', { b: 1 }] }, { b: 1 }, 'b'],
    [{ minimum: 2, exclusiveMaximum: 3 }, 2, 3],
    [{ multipleOf: 0.1 }, 0.3, 0.35],
    [{ minLength: 2, maxLength: 2 }, '😀😀', '😀'],
    [{ pattern: '^a' }, 'ab', 'ba'],
    [{ items: { type: 'string' }, minItems: 1 }, ['a'], []],
    [{ uniqueItems: true }, [1, 2], [1, 1]],
    [{ prefixItems: [{ type: 'string' }], items: false }, ['a'], ['a', 'b']],
    [{ required: ['a'] }, { a: 1 }, { b: 1 }],
    [{ properties: { a: { type: 'string' } } }, { a: 'x' }, { a: 1 }],
    [{ properties: { a: {} }, additionalProperties: false }, { a: 1 }, { b: 1 }],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, null, 1],
    [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, 1.5, 1],
    [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, 2, 3],
    [{ $ref: '#/$defs/a', $defs: { a: { const: 1 } } }, 1, 2],
  ])('%j takes %j and not %j', (given, right, wrong) => {
    expect(isValid(given, right)).toBe(true);
    expect(isValid(given, wrong)).toBe(false);
  });
});
