import { StreambedError } from '@streambed/protocol';
import type { Owner } from '../../generation/owner.ts';
import type { GenerationRegistry } from '../../generation/registry.ts';
import type { GenerationName, GenerationView } from '../../stream-log/stream-log.ts';

/** What `owner` has under the name of a generation. Throws `SB_NOT_FOUND`, `SB_EXPIRED`. */
export async function findGeneration(
  registry: GenerationRegistry,
  owner: Owner,
  name: GenerationName,
): Promise<GenerationView> {
  const view = await registry.log.find(owner, name);
  if (view === undefined) throw new StreambedError('SB_NOT_FOUND');
  if (view.expired) throw new StreambedError('SB_EXPIRED');
  return view;
}
