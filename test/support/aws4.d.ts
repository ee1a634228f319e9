/** The little of `aws4` that these tests use; it ships no types. */
declare module 'aws4' {
  interface Request {
    readonly method: string;
    readonly path: string;
    readonly host: string;
    readonly service: string;
    readonly region: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array | string;
    /** Lower-case names that stay out of the signature. */
    readonly extraHeadersToIgnore?: Readonly<Record<string, boolean>>;
    readonly extraHeadersToInclude?: Readonly<Record<string, boolean>>;
  }
  interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  }
  const aws4: { sign(request: Request, credentials: Credentials): { headers: Record<string, string> } };
  export default aws4;
}
