import { AwsError } from '../errors.ts';

/**
 * What the model itself refuses, as Converse passes it on (recorded). Claude's come as a frame of a stream that has
 * begun with 200, all others as a 400.
 */
export class ModelRefusal extends AwsError {
  constructor(message: string) {
    super('ValidationException', `The model returned the following errors: ${message}`);
  }
}

/** Runs a model's own checks: what they refuse comes back as Converse words it. */
export function asModelErrors<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof ModelRefusal || !(error instanceof AwsError)) throw error;
    if (error.type !== 'ValidationException') throw error;
    throw new ModelRefusal(error.message);
  }
}
