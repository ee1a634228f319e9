import { credentials } from './credentials.ts';
import type { Load } from './load.ts';
import { startNginx, startPortkey } from './outside.ts';
import { type Program, startProgram } from './process.ts';
import type { ProtocolName } from './protocols.ts';

/** Where a server finds Bedrock, and what it trusts. */
export interface Upstream {
  readonly kind: 'tls' | 'plain';
  readonly url: string;
  /** A PEM file. */
  readonly ca: string;
}

/** One way through one server. */
export interface Contestant {
  readonly name: string;
  /** Contestants of one server share its process: they take turns in it. */
  readonly server: ServerName;
  readonly stream: Load['protocol'];
  /** Answers that come whole; absent: it has no such way. */
  readonly whole?: Load['protocol'];
}

export type ServerName =
  | 'streambed'
  | 'tutorial'
  | 'express-sdk'
  | 'ai-sdk'
  | 'portkey'
  | 'nginx'
  | 'pipe'
  | 'direct';

const ours = (surface: ProtocolName, whole?: ProtocolName): Contestant => ({
  name: `streambed/${surface}`,
  server: 'streambed',
  stream: surface,
  ...(whole !== undefined && { whole }),
});

/** Everyone, ours first. Portkey is told in each request where Bedrock is. */
export function contestantsFor({ url }: Upstream): readonly Contestant[] {
  return [
    ours('ws-model'),
    ours('ws'),
    ours('sse'),
    ours('anthropic', 'anthropic-whole'),
    ours('openai', 'openai-whole'),
    ours('bedrock', 'bedrock-whole'),
    { name: 'tutorial', server: 'tutorial', stream: 'ws-model' },
    { name: 'express-sdk', server: 'express-sdk', stream: 'chat', whole: 'chat-whole' },
    { name: 'ai-sdk', server: 'ai-sdk', stream: 'chat', whole: 'chat-whole' },
    {
      name: 'portkey',
      server: 'portkey',
      stream: { portkey: url, stream: true },
      whole: { portkey: url, stream: false },
    },
    { name: 'nginx', server: 'nginx', stream: 'bedrock', whole: 'bedrock-whole' },
    { name: 'pipe', server: 'pipe', stream: 'bedrock', whole: 'bedrock-whole' },
  ];
}

/** No server between: what the upstream and the load itself take. Only where the upstream is plain. */
export const direct: Contestant = {
  name: 'direct',
  server: 'direct',
  stream: 'bedrock',
  whole: 'bedrock-whole',
};

/** Starts a server before that upstream; undefined where it isn't to be had on this machine. */
export async function startServer(
  name: ServerName,
  { url, kind, ca }: Upstream,
  core: number,
): Promise<Program | undefined> {
  const env = {
    ...credentials,
    AWS_EC2_METADATA_DISABLED: 'true',
    BENCH_ENDPOINT: url,
    ...(kind === 'tls' && { NODE_EXTRA_CA_CERTS: ca }),
  };
  switch (name) {
    case 'portkey':
      return startPortkey(env, core);
    case 'nginx':
      return startNginx(url, kind === 'tls' ? ca : undefined, core);
    case 'direct':
      return undefined;
    default:
      return startProgram(new URL(`./contestants/${name}.ts`, import.meta.url), { env, core });
  }
}
