import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { runToEnd, upstreamAt } from '../../../../test/support/servers.ts';
import { startGateway } from '../../test/gateway.ts';

test('without credentials it says what to do, and exits with 1', async () => {
  const { code, output } = await runToEnd({ argv: ['doctor'] });
  expect(code).toBe(1);
  expect(output).toMatch(/^✓ streambed: \d/m);
  expect(output).toMatch(/^✓ node: v\d/m);
  expect(output).toMatch(/^✓ configuration: can be read$/m);
  expect(output).toMatch(/^✗ credentials: no AWS credentials.*\n {4}For real answers run `aws configure`/m);
});

test('with the emulator as asked nothing is wrong', async () => {
  const { code, output } = await runToEnd({ argv: ['doctor', '--upstream', 'emulator'] });
  expect(output).not.toMatch(/✗/);
  expect(code).toBe(0);
});

test('looks at credentials, region, endpoint and clock', async () => {
  await using gateway = await startGateway();
  const settings = upstreamAt(gateway.emulator.url);
  const { output } = await runToEnd({ ...settings, argv: ['doctor', ...(settings.argv ?? [])] });
  expect(output).toMatch(/✓ upstream: Amazon Bedrock in us-east-1, at http/);
  expect(output).toMatch(/✓ region: us-east-1/);
  expect(output).toMatch(/✓ credentials: access key AKID/);
  expect(output).toMatch(/✓ endpoint: http.* answers/);
  expect(output).toMatch(/✓ clock:/);
});

test('a mistake in the configuration and a port in use are lines with their remedy', async () => {
  const mistake = await runToEnd({ argv: ['doctor', '--prot', '1'] });
  expect(mistake).toMatchObject({ code: 1 });
  expect(mistake.output).toMatch(/✗ configuration: there is no flag --prot; did you mean --port\?\n {4}\S/);

  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as { port: number };
  const busy = await runToEnd({ argv: ['doctor', '--port', String(port)] });
  expect(busy.output).toMatch(/✗ port: \d+ on 127\.0\.0\.1 is in use\n {4}Stop the program/);
  holder.close();
});
