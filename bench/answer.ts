/** The pieces of an answer of so many tokens, each different, about as long as a model's tokens are. */
export function answerPieces(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${index.toString(36).padStart(4, '·')} `);
}
