import { exceptionFrame } from '@streambed/bedrock';
import type { StreambedError } from '@streambed/protocol';
import { retryHeaders } from '../../http/to-response.ts';
import type { Dialect } from '../kit/dialect.ts';
import { toAwsError, toExceptionType } from './aws-error.ts';

/** AWS's restJson: the error's name in a header, its text in the body. Streams keep silent while the model thinks. */
export const bedrockDialect: Dialect = {
  heartbeat: undefined,

  headers: (requestId) => ({ 'x-amzn-requestid': requestId }),

  error(error, requestId) {
    const { name, status, message } = toAwsError(error);
    return {
      status,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-amzn-errortype': name,
        'x-amzn-requestid': error.upstream?.request_id ?? requestId,
        ...retryHeaders(error),
      },
      body: JSON.stringify({ message }),
    };
  },
};

/** The frame that ends a stream which broke, where the upstream sent none itself. */
export function frameOf(error: StreambedError): Uint8Array {
  const { name, message } = toAwsError(error);
  return exceptionFrame(toExceptionType({ name }), message);
}
