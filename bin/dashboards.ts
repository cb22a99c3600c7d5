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
    options: {
      aws: { type: 'boolean', default: false },
      out: { type: 'string' },
      runbook: { type: 'string' },
    },
  });
  for (const name of ['aws', 'runbook'] as const)
    if (values[name] && values.out === undefined) throw new UsageError(`--${name} needs --out DIR`);
  if (values.runbook !== undefined && !URL.canParse(values.runbook))
    throw new UsageError('--runbook takes the URL at which people read docs/runbook.md');
  const out = values.out ?? committed;
  if (out === committed) rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const write = (file: string, text: string) => {
    writeFileSync(file, text);
    console.log(path.relative(process.cwd(), file));
  };
  for (const dashboard of dashboards) {
    const text = grafanaJson(values.aws ? dashboard : withoutAwsOnly(dashboard), values.runbook);
    write(path.join(out, `${dashboard.uid}.json`), text);
  }
  const rulesIn = out === committed ? path.join(projectRoot, 'localstack/prometheus') : out;
  write(path.join(rulesIn, 'isobar.rules.yml'), rulesYaml(stages.prod));
  return 0;
});
