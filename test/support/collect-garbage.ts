import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects all garbage there is, so that the heap's size says what is held. */
export const collectGarbage = runInNewContext('gc') as () => void;
