import type { Generation } from '../generation.ts';
import type { GenerationSnapshot } from '../snapshot.ts';
import { usePerFrame } from './use-per-frame.ts';
import { useReadable } from './use-readable.ts';

/** A generation's snapshot, or what `select` picks of it; at most one render per animation frame. */
export function useGeneration<S = GenerationSnapshot>(
  generation: Generation,
  select?: (snapshot: GenerationSnapshot) => S,
): S {
  return useReadable(usePerFrame(generation), select);
}
