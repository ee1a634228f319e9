// `npm run conformance -- --url ws://127.0.0.1:8080/ws`: tries every promise of PROTOCOL.md on a server.
import { parseArgs } from 'node:util';
import { runScenario } from './run-scenario.ts';
import { loadScenarios } from './scenario.ts';

const usage = `Usage: npm run conformance -- --url ws://127.0.0.1:8080/ws
  --model NAME   the model to ask (anthropic)
  --only NAME    the scenarios whose names contain it
  --slow         those that wait for pings too (a minute)
Scenarios that kill the server need somebody who starts it again: the project's own tests run those.`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    model: { type: 'string' },
    only: { type: 'string', default: '' },
    slow: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || values.url === undefined) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  let failed = 0;
  const url = values.url.replace(/^http/, 'ws');
  const { pathname } = new URL(url);
  const options = {
    url: pathname === '/' ? new URL('ws', url).href : url,
    ...(values.model && { model: values.model }),
  };
  for (const scenario of loadScenarios().filter(({ name }) => name.includes(values.only))) {
    const lacking = scenario.needs.filter((need) => need === 'control' || !values.slow);
    if (lacking.length > 0) {
      console.log(`- ${scenario.title} (skipped: it needs ${lacking.join(', ')})`);
      continue;
    }
    try {
      await runScenario(scenario, options);
      console.log(`✓ ${scenario.title}`);
    } catch (thrown) {
      failed += 1;
      console.log(
        `✗ ${scenario.title} (${scenario.name})\n  ${thrown instanceof Error ? thrown.message : thrown}`,
      );
    }
  }
  process.exitCode = failed === 0 ? 0 : 1;
}
