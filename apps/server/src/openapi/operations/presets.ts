import { presetOrderSchema } from '@streambed/protocol/presets';
import { integer, json, listOf, type Operation, object, string } from '../operation.ts';

const about = { tag: 'Presets', errors: 'StreambedError' } as const;
const all = '/streambed/v1/presets';

const preset = object({ name: string, parameters: { type: 'object' }, updated_at: { type: 'number' } });

/** What is kept under names for the questions to come. */
export const presetOperations: readonly Operation[] = [
  {
    ...about,
    method: 'get',
    path: all,
    summary: 'Every preset of whoever asks, by name',
    answers: { 200: json('All of them', object({ presets: listOf(preset), rev: integer })) },
  },
  {
    ...about,
    method: 'post',
    path: all,
    summary: 'Keeps a preset; what had its name before is replaced',
    body: {
      schema: presetOrderSchema,
      example: { name: 'River', parameters: { system: 'You are a river.', temperature: 0.4 } },
    },
    answers: { 200: json('As it is kept', preset) },
  },
  {
    ...about,
    method: 'delete',
    path: `${all}/{preset}`,
    summary: 'Deletes a preset',
    answers: { 204: { what: 'It is gone' } },
  },
];
