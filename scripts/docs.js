// `npm run docs` writes the pages that are made from code; with --check it only says which of them are out of step.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiPage } from './pages/api.js';
import { clientMatrixPage } from './pages/client-matrix.js';
import { configurationPage } from './pages/configuration.js';
import { errorsPage } from './pages/errors.js';
import { metricsPage } from './pages/metrics.js';
import { modelsPage } from './pages/models.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

for (const { path, text } of [
  errorsPage,
  configurationPage,
  modelsPage,
  apiPage,
  clientMatrixPage,
  metricsPage,
]) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} differs from the code it is made from. Run \`npm run docs\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}
