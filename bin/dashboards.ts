// Writes Grafana's dashboards and Prometheus's rules: `npm run dashboards`. `--help` explains the options.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { stages } from '../lib/config.ts';
import { dashboards, withoutAwsOnly } from '../lib/observability/dashboards.ts';
import { grafanaJson } from '../lib/observability/grafana.ts';
import { rulesYaml } from '../lib/observability/rules-yaml.ts';
import { projectRoot } from '../localstack/setup/tools.mjs';

const usage = `Writes the dashboards of lib/observability/ as JSON that Grafana imports, and the rules as Prometheus reads them.

  npm run dashboards                         for the local platform into localstack/grafana/dashboards/, and
                                             production's rules into localstack/prometheus/
  npm run dashboards -- --aws --out DIR      into DIR, with the panels that only AWS can fill
`;

const { values } = parseArgs({
  options: {
    aws: { type: 'boolean', default: false },
    out: { type: 'string', default: path.join(projectRoot, 'localstack/grafana/dashboards') },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
if (!values.aws) rmSync(values.out, { recursive: true, force: true });
mkdirSync(values.out, { recursive: true });
const write = (file: string, text: string) => {
  writeFileSync(file, text);
  console.log(path.relative(process.cwd(), file));
};
for (const dashboard of dashboards) {
  const text = grafanaJson(values.aws ? dashboard : withoutAwsOnly(dashboard));
  write(path.join(values.out, `${dashboard.uid}.json`), text);
}
write(
  values.aws
    ? path.join(values.out, 'isobar.rules.yml')
    : path.join(projectRoot, 'localstack/prometheus/isobar.rules.yml'),
  rulesYaml(stages.prod),
);
