/** The numbers as JSON has them: single precision, as recorded. */
export function floats(vector: Float64Array, scale = 1): number[] {
  return Array.from(vector, (value) => Number((value * scale).toPrecision(8)));
}

/** One signed byte a dimension: the largest value becomes 127. */
export function int8(vector: Float64Array): number[] {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return Array.from(vector, (value) => Math.round((value / largest) * 127));
}

export function uint8(vector: Float64Array): number[] {
  return int8(vector).map((value) => value + 128);
}

/** One bit a dimension, 1 for positive values. */
export function bits(vector: Float64Array): number[] {
  return Array.from(vector, (value) => (value > 0 ? 1 : 0));
}

/** Eight bits a byte, the first dimension in the highest bit. */
export function ubinary(vector: Float64Array): number[] {
  const packed: number[] = [];
  for (const [place, bit] of bits(vector).entries())
    packed[place >> 3] = (packed[place >> 3] ?? 0) | (bit << (7 - (place & 7)));
  return packed;
}

export function binary(vector: Float64Array): number[] {
  return ubinary(vector).map((value) => value - 128);
}
