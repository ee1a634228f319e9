/**
 * Media types (Messages) and formats (Converse). Every pair goes both ways; the first media type of a format is the
 * one that is written.
 */
const imageFormats = {
  png: ['image/png'],
  jpeg: ['image/jpeg', 'image/jpg'],
  gif: ['image/gif'],
  webp: ['image/webp'],
};

const documentFormats = {
  pdf: ['application/pdf'],
  csv: ['text/csv'],
  doc: ['application/msword'],
  docx: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  xls: ['application/vnd.ms-excel'],
  xlsx: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  html: ['text/html'],
  txt: ['text/plain'],
  md: ['text/markdown'],
};

const videoFormats = {
  mp4: ['video/mp4'],
  mkv: ['video/x-matroska'],
  mov: ['video/quicktime'],
  webm: ['video/webm'],
  flv: ['video/x-flv'],
  mpeg: ['video/mpeg'],
  mpg: ['video/mpg'],
  wmv: ['video/x-ms-wmv'],
  three_gp: ['video/3gpp'],
};

const audioFormats = {
  mp3: ['audio/mpeg', 'audio/mp3'],
  wav: ['audio/wav', 'audio/x-wav'],
  flac: ['audio/flac'],
  ogg: ['audio/ogg'],
  opus: ['audio/opus'],
  aac: ['audio/aac'],
  'x-aac': ['audio/x-aac'],
  m4a: ['audio/x-m4a', 'audio/m4a'],
  mp4: ['audio/mp4'],
  mka: ['audio/x-matroska'],
  mkv: ['audio/matroska'],
  mpga: ['audio/mpga'],
  mpeg: ['audio/mpeg3'],
  pcm: ['audio/pcm', 'audio/l16'],
  webm: ['audio/webm'],
};

const tables: Readonly<Record<MediaKind, Readonly<Record<string, readonly string[]>>>> = {
  image: imageFormats,
  document: documentFormats,
  video: videoFormats,
  audio: audioFormats,
};

export type MediaKind = 'image' | 'document' | 'video' | 'audio';

/** Converse's format of a media type; `undefined` for one that Converse doesn't take. */
export function toFormat(kind: MediaKind, mediaType: string): string | undefined {
  const bare = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return Object.entries(tables[kind]).find(([, types]) => types.includes(bare))?.[0];
}

/** The media type of Converse's format. One that isn't known is passed on: as it is when it is a media type already. */
export function toMediaType(kind: MediaKind, format: string): string {
  const table = tables[kind];
  const known = Object.hasOwn(table, format) ? table[format]?.[0] : undefined;
  if (known !== undefined) return known;
  if (format.includes('/')) return format;
  return `${kind === 'document' ? 'application' : kind}/${format}`;
}

/** The media types that Converse takes, for an error's text. */
export function mediaTypes(kind: MediaKind): string {
  return Object.values(tables[kind])
    .map((types) => types[0])
    .join(', ');
}
