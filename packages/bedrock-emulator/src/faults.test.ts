import { describe, expect, it } from 'vitest';
import { awsErrors, streamExceptions } from './errors.ts';
import { parseFault } from './faults.ts';

describe('parseFault', () => {
  it.each([
    ['throttle', { type: 'error', name: 'ThrottlingException' }],
    ['exception throttlingException', { type: 'exception', name: 'throttlingException' }],
    [
      'exception ModelStreamErrorException 5',
      { type: 'exception', name: 'modelStreamErrorException', after: 5 },
    ],
    ['cut headers', { type: 'cut', at: 'headers', clean: false }],
    ['cut mid-frame 3', { type: 'cut', at: 'mid-frame', clean: false, after: 3 }],
    ['end before-stop', { type: 'cut', at: 'before-stop', clean: true }],
    ['corrupt 4', { type: 'corrupt', after: 4 }],
    ['stall', { type: 'stall', after: 'headers' }],
    ['stall headers 50', { type: 'stall', after: 'headers', ms: 50 }],
    ['stall 3', { type: 'stall', after: 3 }],
    ['empty', { type: 'empty' }],
  ])('reads %s', (text, fault) => {
    expect(parseFault(text)).toEqual({ fault });
    expect(parseFault(`${text} times 3`)).toEqual({ fault, times: 3 });
  });

  it('knows every error of the table and every exception by name', () => {
    for (const name of Object.keys(awsErrors))
      expect(parseFault(name)).toEqual({ fault: { type: 'error', name } });
    for (const name of Object.keys(streamExceptions))
      expect(parseFault(`exception ${name}`)).toEqual({ fault: { type: 'exception', name } });
  });

  it.each([
    '',
    'nonsense',
    'exception',
    'exception expiredTokenException',
    'cut',
    'cut there',
    'throttle times x',
  ])('says what could stand there in place of %j', (text) =>
    expect(parseFault(text)).toContain('Say an error name'),
  );
});
