import { describe, expect, it } from 'vitest';
import { audioBlock, fileBlock, imageBlock } from './media.ts';

describe('imageBlock', () => {
  it('reads data URLs, also ones with parameters or without base64', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' };
    expect(imageBlock('data:image/png;base64,iVBORw0KGgo=', 'url')).toEqual({ type: 'image', source });
    expect(imageBlock('DATA:image/PNG;name=a.png;base64,iVBORw0KGgo=', 'url')).toEqual({
      type: 'image',
      source,
    });
    expect(imageBlock('data:image/svg+xml,%3Csvg/%3E', 'url').source).toMatchObject({
      data: Buffer.from('<svg/>').toString('base64'),
    });
  });

  it.each([
    ['https://example.com/cat.png', 'SB_UNSUPPORTED'],
    ['http://169.254.169.254/latest/meta-data', 'SB_UNSUPPORTED'],
    ['cat.png', 'SB_BAD_REQUEST'],
    ['data:image/png;base64', 'SB_BAD_REQUEST'],
    ['data:image/png,%E0%A4%A', 'SB_BAD_REQUEST'],
  ])('refuses %s, and fetches nothing', (url, code) => {
    expect(() => imageBlock(url, 'messages[0].content[1].image_url.url')).toThrow(
      expect.objectContaining({ code, field: 'messages[0].content[1].image_url.url' }),
    );
  });
});

describe('fileBlock', () => {
  it('makes documents of PDFs and texts, and images of images', () => {
    expect(fileBlock('data:application/pdf;base64,JVBERi0=', 'a.pdf', 'f')).toEqual({
      type: 'document',
      title: 'a.pdf',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
    });
    expect(fileBlock('JVBERi0=', undefined, 'f')).toMatchObject({
      source: { media_type: 'application/pdf' },
    });
    expect(fileBlock('data:text/plain;base64,w6k=', 'e.txt', 'f')).toMatchObject({
      source: { type: 'text', data: 'é' },
    });
    expect(fileBlock('data:image/png;base64,aaaa', 'a.png', 'f')).toMatchObject({ type: 'image' });
  });

  it('refuses what says nothing of its kind, and addresses', () => {
    expect(() => fileBlock('aaaa', 'a.bin', 'f')).toThrow(
      expect.objectContaining({ code: 'SB_BAD_REQUEST' }),
    );
    expect(() => fileBlock('https://a.b/c.pdf', 'c.pdf', 'f')).toThrow(
      expect.objectContaining({ code: 'SB_UNSUPPORTED' }),
    );
  });
});

it('audioBlock names the media type', () => {
  expect(audioBlock('SUQz', 'mp3').source).toEqual({
    type: 'base64',
    media_type: 'audio/mpeg',
    data: 'SUQz',
  });
  expect(audioBlock('UklG', 'wav').source).toMatchObject({ media_type: 'audio/wav' });
});
