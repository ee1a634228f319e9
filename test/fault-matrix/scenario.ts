/** What every client asks, and what the model says to it. */
export const prompt = 'Go on, then.';
export const deltas: readonly string[] = Array.from({ length: 6 }, (_, index) => `wörd ${index} 🌊 `);
export const answer = deltas.join('');

/** Asked where an answer has no end of its own; no fault is in its answer. */
export const nextPrompt = 'Are you still there?';
export const nextText = 'I am still here, and this is all.';
