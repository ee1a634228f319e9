import { texts } from '../texts.ts';
import { toBase64 } from './bytes.ts';
import { limits } from './limits.ts';
import { type ReadFile, UnreadableFile } from './unreadable-file.ts';

/** What every model that sees can read. */
const readable: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** Models look at no more than this; a larger picture is only heavier. */
const usefulSide = 2_576;
const previewSide = 160;

/** Reads a picture. One that is too large, or of a format that models don't read, is drawn anew, smaller. */
export async function readImage(file: File, mediaType: string): Promise<ReadFile> {
  const { refused, note } = texts.attachments;
  const picture = await createImageBitmap(file).catch(() => undefined);
  if (picture === undefined) throw new UnreadableFile(refused.undecodable);
  try {
    const { width, height } = picture;
    const preview = await toDataUrl(draw(picture, previewSide), 'image/webp');
    const fits =
      readable.has(mediaType) &&
      file.size <= limits.imageBytes &&
      Math.max(width, height) <= limits.imageSide;
    if (fits) {
      const data = toBase64(new Uint8Array(await file.arrayBuffer()));
      const source = { type: 'base64' as const, media_type: mediaType, data };
      return { kind: 'image', block: { type: 'image', source }, bytes: file.size, pdf: false, preview };
    }
    const canvas = draw(picture, usefulSide);
    const url = await smallest(canvas);
    const [, media_type = '', data = ''] = /^data:([^;]+);base64,(.*)$/s.exec(url) ?? [];
    return {
      kind: 'image',
      block: { type: 'image', source: { type: 'base64', media_type, data } },
      bytes: Math.round(data.length * 0.75),
      pdf: false,
      preview,
      note: note.redrawn(`${width} × ${height}`, `${canvas.width} × ${canvas.height}`),
    };
  } finally {
    picture.close();
  }
}

function draw(picture: ImageBitmap, side: number): OffscreenCanvas {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height);
  return canvas;
}

/** Without loss where that is light enough; as a photograph otherwise. */
async function smallest(canvas: OffscreenCanvas): Promise<string> {
  const png = await toDataUrl(canvas, 'image/png');
  return png.length * 0.75 <= limits.imageBytes ? png : toDataUrl(canvas, 'image/jpeg');
}

async function toDataUrl(canvas: OffscreenCanvas, type: string): Promise<string> {
  const blob = await canvas.convertToBlob({ type, quality: 0.88 });
  return `data:${blob.type};base64,${toBase64(new Uint8Array(await blob.arrayBuffer()))}`;
}
