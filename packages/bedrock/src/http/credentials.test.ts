import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CredentialContext,
  type Credentials,
  processCredentials,
  roleCredentials,
} from './credentials.ts';
import { sdkRequestHandler } from './dispatcher.ts';

const minute = 60_000;

describe('credentials', () => {
  const closing: (() => PromiseLike<unknown>)[] = [];
  const saved = { ...process.env };
  let folder: string;
  let clock: number;
  let warned: PromiseWithResolvers<string>;
  let context: CredentialContext;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streambed-aws-'));
    clock = Date.now();
    warned = Promise.withResolvers();
    const agent = new Agent();
    context = {
      now: () => clock,
      region: 'eu-west-1',
      requestHandler: sdkRequestHandler(agent),
      warn: warned.resolve,
    };
    closing.push(
      () => agent.destroy(),
      () => rm(folder, { recursive: true }),
    );
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
    Object.assign(process.env, saved);
  });

  const chain = (more: Partial<Extract<Credentials, { kind: 'default-chain' }>> = {}) =>
    processCredentials({ kind: 'default-chain', ...more }, context);

  async function config(text: string): Promise<void> {
    process.env.AWS_CONFIG_FILE = join(folder, 'config');
    await writeFile(process.env.AWS_CONFIG_FILE, text);
  }

  /** A container's credential service: each answer's keys are numbered and last as long as `lifetimes` says. */
  async function container(lifetimes: readonly (number | 'fails')[]) {
    let count = 0;
    const server = createServer((_request, response) => {
      const lifetime = lifetimes[Math.min(count, lifetimes.length - 1)];
      count += 1;
      if (lifetime === 'fails' || lifetime === undefined) {
        response.writeHead(400).end('{}');
        return;
      }
      response.setHeader('content-type', 'application/json');
      const Expiration = new Date(clock + lifetime).toISOString();
      response.end(
        JSON.stringify({ AccessKeyId: `KEY${count}`, SecretAccessKey: 's', Token: 't', Expiration }),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    return { asked: () => count };
  }

  const keyOf = async (source: ReturnType<typeof chain>) => {
    const found = await source.get();
    return found.kind === 'sigv4' ? found.credentials.accessKeyId : found.token;
  };

  it('may be given', async () => {
    expect(await processCredentials({ kind: 'bearer', token: 'ABSK' }, context).get()).toEqual({
      kind: 'bearer',
      token: 'ABSK',
    });
    const keys = { accessKeyId: 'A', secretAccessKey: 'B', sessionToken: 'C' };
    const source = processCredentials({ kind: 'static', ...keys }, context);
    expect(await source.get()).toEqual({ kind: 'sigv4', credentials: keys });
    expect(source.renew(await source.get())).toBe(false);
  });

  it('come from the environment', async () => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'ENV',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_SESSION_TOKEN: 't',
    });
    expect(await chain().get()).toMatchObject({
      kind: 'sigv4',
      credentials: { accessKeyId: 'ENV', secretAccessKey: 's', sessionToken: 't' },
    });
  });

  it('come from a profile, which beats keys in the environment when it is named', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 's' });
    await config('[profile work]\naws_access_key_id = WORK\naws_secret_access_key = s\n');
    expect(await keyOf(chain({ profile: 'work' }))).toBe('WORK');
    process.env.AWS_PROFILE = 'work';
    expect(await keyOf(chain())).toBe('WORK');
  });

  it("come from a profile's own command", async () => {
    const script = join(folder, 'keys.cjs');
    const answer = { Version: 1, AccessKeyId: 'PROC', SecretAccessKey: 's' };
    await writeFile(script, `console.log(${JSON.stringify(JSON.stringify(answer))})`);
    await config(`[default]\ncredential_process = "${process.execPath}" "${script}"\n`);
    expect(await keyOf(chain())).toBe('PROC');
  });

  it('come from the whole chain of the SDK when instance metadata is asked too', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 's' });
    expect(await keyOf(chain({ instanceMetadata: true }))).toBe('ENV');
  });

  it('are loaded once for all who ask, and kept', async () => {
    const service = await container([60 * minute]);
    const source = chain();
    expect(await Promise.all([keyOf(source), keyOf(source), keyOf(source)])).toEqual([
      'KEY1',
      'KEY1',
      'KEY1',
    ]);
    expect(await keyOf(source)).toBe('KEY1');
    expect(service.asked()).toBe(1);
  });

  it('are renewed before they expire, while the old ones still serve', async () => {
    const service = await container([60 * minute]);
    const source = chain();
    await keyOf(source);
    clock += 56 * minute;
    expect(await keyOf(source)).toBe('KEY1');
    await expect.poll(() => keyOf(source)).toBe('KEY2');
    expect(service.asked()).toBe(2);
  });

  it('are waited for when they have expired', async () => {
    await container([60 * minute]);
    const source = chain();
    await keyOf(source);
    clock += 60 * minute;
    expect(await keyOf(source)).toBe('KEY2');
  });

  it('keep serving when a renewal fails early, and say so', async () => {
    await container([60 * minute, 'fails']);
    const source = chain();
    await keyOf(source);
    clock += 56 * minute;
    expect(await keyOf(source)).toBe('KEY1');
    expect(await warned.promise).not.toBe('');
    expect(await keyOf(source)).toBe('KEY1');
  });

  it('are loaded anew when AWS called them expired', async () => {
    await container([60 * minute]);
    const source = chain();
    const first = await source.get();
    expect(source.renew(first)).toBe(true);
    expect(await keyOf(source)).toBe('KEY2');
    // What is refused a second time is no longer what is given out.
    expect(source.renew(first)).toBe(true);
    expect(await keyOf(source)).toBe('KEY2');
  });

  it('are missed with what to do about it', async () => {
    await expect(chain().get()).rejects.toMatchObject({
      code: 'SB_CREDENTIALS_MISSING',
      message: expect.stringContaining('AWS_BEARER_TOKEN_BEDROCK'),
    });
    await config('[profile other]\nregion = x\n');
    await expect(chain({ profile: 'work' }).get()).rejects.toMatchObject({
      code: 'SB_CREDENTIALS_MISSING',
      message: expect.stringContaining('aws sts get-caller-identity --profile work'),
    });
  });

  it('ask for a sign-in where the profile uses SSO', async () => {
    await config(
      '[profile corp]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n[sso-session s]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n',
    );
    process.env.HOME = folder;
    await expect(chain({ profile: 'corp' }).get()).rejects.toMatchObject({
      code: expect.stringMatching(/^SB_CREDENTIALS_(EXPIRED|MISSING)$/),
      message: expect.stringContaining('aws sso login --profile corp'),
    });
  });

  it('never quote what a command wrote', async () => {
    const script = join(folder, 'keys.cjs');
    await writeFile(script, 'console.error("secret-in-stderr"); process.exit(1)');
    await config(`[profile p]\ncredential_process = "${process.execPath}" "${script}" --password hunter2\n`);
    const refused = expect(chain({ profile: 'p' }).get()).rejects;
    await refused.toMatchObject({
      code: 'SB_CREDENTIALS_MISSING',
      message: expect.not.stringMatching(/hunter2|secret-in-stderr/),
    });
  });

  describe('of a role', () => {
    /** STS: answers AssumeRole, or refuses it. */
    async function sts(refuse = false) {
      const bodies: URLSearchParams[] = [];
      const server = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        bodies.push(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
        response.setHeader('content-type', 'text/xml');
        if (refuse) {
          response.writeHead(403);
          response.end(
            '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>',
          );
          return;
        }
        const expiration = new Date(clock + 60 * minute).toISOString();
        response.end(
          `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ROLE${bodies.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
        );
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      closing.push(async () => {
        server.closeAllConnections();
        server.close();
      });
      process.env.AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      return bodies;
    }
    const own = () =>
      processCredentials({ kind: 'static', accessKeyId: 'OWN', secretAccessKey: 's' }, context);
    const role = { roleArn: 'arn:aws:iam::111122223333:role/bedrock', externalId: 'ext' };

    it("are taken on with the process's own, and kept until shortly before their end", async () => {
      const bodies = await sts();
      const source = roleCredentials(own(), role, context);
      expect(await source.get()).toMatchObject({
        credentials: {
          accessKeyId: 'ROLE1',
          secretAccessKey: 's',
          sessionToken: 't',
          expiration: expect.any(Date),
        },
      });
      expect(await keyOf(source)).toBe('ROLE1');
      expect(Object.fromEntries(bodies[0] ?? [])).toMatchObject({
        Action: 'AssumeRole',
        RoleArn: role.roleArn,
        ExternalId: 'ext',
        RoleSessionName: 'streambed',
      });
      clock += 60 * minute;
      expect(await keyOf(source)).toBe('ROLE2');
    });

    it('name the action and the role when AWS denies it', async () => {
      await sts(true);
      await expect(roleCredentials(own(), role, context).get()).rejects.toMatchObject({
        code: 'SB_ACCESS_DENIED',
        message: expect.stringMatching(
          /sts:AssumeRole on arn:aws:iam::111122223333:role\/bedrock.*trust policy/,
        ),
      });
    });

    it('need AWS keys, an API key will not do', async () => {
      const source = roleCredentials(
        processCredentials({ kind: 'bearer', token: 'x' }, context),
        role,
        context,
      );
      await expect(source.get()).rejects.toMatchObject({
        code: 'SB_CREDENTIALS_MISSING',
        message: expect.stringContaining('API key'),
      });
    });
  });
});
