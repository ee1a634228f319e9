import { startEmulator } from '@streambed/bedrock-emulator';
import { models } from '@streambed/model-facts';
import { expect, test } from 'vitest';
import { calling, clientAt, collect, hello } from '../../test/run.ts';

test.each(models.filter((model) => model.oneSamplingParam === true).map(({ id }) => id))(
  '%s gets the temperature alone where both it and top_p are given, and the answer says so',
  async (model) => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const bedrock = clientAt(emulator.url);

    const generation = bedrock.generate({ ...hello, model, temperature: 0.4, top_p: 0.9 }, calling);
    const { stop } = await collect(generation);

    expect(stop.error).toBeUndefined();
    expect(generation.dropped).toEqual(['top_p']);
    expect(JSON.parse(emulator.requests[0]?.body as string)).toMatchObject({ temperature: 0.4 });
    expect(JSON.parse(emulator.requests[0]?.body as string)).not.toHaveProperty('top_p');
    await bedrock.close();
  },
);
