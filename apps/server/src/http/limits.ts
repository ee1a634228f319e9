/** A request to a model may be this large, in bytes. */
export const maxBodyBytes = 25 * 1024 * 1024;
