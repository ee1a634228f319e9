const units = ['B', 'kB', 'MB', 'GB'];

/** `512 B`, `3.8 MB`. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** The bytes in base64. Natively where the browser can; else in pieces, since a call takes only so many arguments. */
export function toBase64(data: Uint8Array): string {
  const native = (data as { toBase64?: () => string }).toBase64;
  if (native !== undefined) return native.call(data);
  let text = '';
  for (let at = 0; at < data.length; at += 0x8000)
    text += String.fromCharCode(...data.subarray(at, at + 0x8000));
  return btoa(text);
}
