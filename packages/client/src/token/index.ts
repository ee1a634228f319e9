export { type TokenSource, withToken } from './with-token.ts';
