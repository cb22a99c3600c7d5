import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stages } from '../../lib/config.ts';
import { rulesYaml } from '../../lib/observability/rules-yaml.ts';
import { projectRoot } from '../setup/tools.mjs';

/** How a target is read. `stage` is on every series, as in the dashboards and rules. */
interface TargetFile {
  readonly job: 'api' | 'cloudwatch' | 'poller' | 'brokers';
  readonly urls: readonly string[];
}

const homeIn = (dir: string) => path.join(dir, 'prometheus');

/** A day is more than anyone runs the platform for. */
const retention = '1d';

/** Writes the configuration below `dir`, readable for its owner only, and returns the arguments to run it. */
export function preparePrometheus(
  dir: string,
  { port, pollerUrl, brokerUrls }: { port: number; pollerUrl: string; brokerUrls: readonly string[] },
): { home: string; args: string[] } {
  const home = homeIn(dir);
  mkdirSync(path.join(home, 'targets'), { recursive: true, mode: 0o700 });
  const config = path.join(home, 'prometheus.yml');
  copyFileSync(path.join(projectRoot, 'localstack/prometheus/prometheus.yml'), config);
  writeFileSync(path.join(home, 'isobar.rules.yml'), rulesYaml(stages.local));
  writeTargets(home, { job: 'poller', urls: [pollerUrl] });
  writeTargets(home, { job: 'brokers', urls: brokerUrls });
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${path.join(home, 'data')}`,
    `--storage.tsdb.retention.time=${retention}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ];
  return { home, args };
}

/** Lets Prometheus read the API from now on. Its tokens are in files that only their owner may read. */
export function scrapeApi(
  dir: string,
  { apiUrl, tokens }: { apiUrl: string; tokens: { readonly metrics: string; readonly cloudwatch: string } },
): void {
  const home = homeIn(dir);
  for (const [name, token] of Object.entries(tokens))
    writeFileSync(path.join(home, `${name}-token`), token, { mode: 0o600 });
  writeTargets(home, { job: 'api', urls: [new URL('metrics', apiUrl).href] });
  writeTargets(home, { job: 'cloudwatch', urls: [new URL('metrics/cloudwatch', apiUrl).href] });
}

/** @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config */
function writeTargets(home: string, { job, urls }: TargetFile): void {
  const groups = urls.map((text) => {
    const { host, pathname, protocol } = new URL(text);
    const labels = {
      stage: stages.local.stage,
      __metrics_path__: pathname,
      __scheme__: protocol.slice(0, -1),
    };
    return { targets: [host], labels };
  });
  // Prometheus may read it at any moment.
  const file = path.join(home, 'targets', `${job}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(groups, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
