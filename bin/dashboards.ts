// Writes Grafana's dashboards and Prometheus's rules: `npm run dashboards`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stages } from '../lib/config.ts';
import { dashboards, withoutAwsOnly } from '../lib/observability/dashboards.ts';
import { grafanaJson } from '../lib/observability/grafana.ts';
import { rulesYaml } from '../lib/observability/rules-yaml.ts';
import { projectRoot } from '../localstack/setup/tools.mjs';
import { readArguments, runCommand, UsageError } from './shared/command.ts';

const committed = path.join(projectRoot, 'localstack/grafana/dashboards');

await runCommand('dashboards', async () => {
  const { values } = readArguments({
    options: { aws: { type: 'boolean', default: false }, out: { type: 'string' } },
  });
  if (values.aws && values.out === undefined) throw new UsageError('--aws needs --out DIR');
  const out = values.out ?? committed;
  if (out === committed) rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const write = (file: string, text: string) => {
    writeFileSync(file, text);
    console.log(path.relative(process.cwd(), file));
  };
  for (const dashboard of dashboards) {
    const text = grafanaJson(values.aws ? dashboard : withoutAwsOnly(dashboard));
    write(path.join(out, `${dashboard.uid}.json`), text);
  }
  const rulesIn = out === committed ? path.join(projectRoot, 'localstack/prometheus') : out;
  write(path.join(rulesIn, 'isobar.rules.yml'), rulesYaml(stages.prod));
  return 0;
});
