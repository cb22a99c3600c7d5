import { join } from 'node:path';
import type { ReportProgress } from '../../lib/deploy/progress.ts';
import { synthesize } from '../../lib/deploy/synthesize.ts';
import { deployLocally } from '../deploy/deploy.ts';
import { type Endpoints, writeEndpoints } from '../endpoints.ts';
import { type FromSupervisor, type Platform, startPlatform } from '../platform/platform.ts';
import { scrapeApi } from '../platform/prometheus.ts';
import { readApiToken } from './api-token.ts';
import { openSensor } from './sensor.ts';

/** The events of a launch, for a progress display. */
export type LaunchEvent =
  | FromSupervisor
  | { readonly type: 'synthesized'; readonly ms: number }
  | { readonly type: 'deploying'; readonly progress: Parameters<ReportProgress>[0] }
  | { readonly type: 'deployed'; readonly ms: number };

const chaosApp = join(import.meta.dirname, '../chaos/app.ts');

/** Starts the platform and deploys the stacks to it. Synthesis runs while the platform starts. */
export async function launch(options: {
  stateDir: string;
  anyPorts?: boolean;
  firstPort?: number | undefined;
  /** Runs without Prometheus, even if there is one. */
  noPrometheus?: boolean;
  /** The share of records (0 to 1) that fail in watch-weather; without it, none. */
  chaosRate?: number | undefined;
  onEvent: (event: LaunchEvent) => void;
  signal: AbortSignal;
}): Promise<Platform> {
  const { stateDir, onEvent, chaosRate = 0 } = options;
  const begun = Date.now();
  const app = chaosRate > 0 ? ([chaosApp, String(chaosRate)] as const) : undefined;
  const synthesis = synthesize({ stage: 'local', validate: false, reuse: true, app }).then((assembly) => {
    onEvent({ type: 'synthesized', ms: Date.now() - begun });
    return assembly;
  });
  synthesis.catch(() => undefined); // awaited below
  const platform = await startPlatform(options).catch(async (error) => {
    await synthesis.catch(() => undefined); // its process must not outlive this one
    throw error;
  });
  try {
    const assembly = await synthesis;
    const deployBegun = Date.now();
    const outputs = await deployLocally({
      assembly,
      endpointUrl: platform.endpoints.awsEndpointUrl,
      onProgress: (progress) => onEvent({ type: 'deploying', progress }),
    });
    await startSensor(platform.endpoints);
    onEvent({ type: 'deployed', ms: Date.now() - deployBegun });
    const lakeBucket = outputs['isobar-local-storage']?.LakeBucketName;
    if (!lakeBucket) throw new Error('The stack isobar-local-storage has no output LakeBucketName');
    const apiPath = outputs['isobar-local-fraud']?.ApiUrl;
    if (!apiPath) throw new Error('The stack isobar-local-fraud has no output ApiUrl');
    const apiUrl = new URL(apiPath, platform.endpoints.awsEndpointUrl).href;
    const endpoints: Endpoints = { ...platform.endpoints, lakeBucket, apiUrl, assembly };
    if (endpoints.prometheusUrl !== '') {
      const [metrics, cloudwatch] = await Promise.all([
        readApiToken(endpoints, 'metrics'),
        readApiToken(endpoints, 'cloudwatch'),
      ]);
      scrapeApi(join(stateDir, 'run'), { apiUrl, tokens: { metrics, cloudwatch } });
    }
    writeEndpoints(endpoints, stateDir);
    return { ...platform, endpoints };
  } catch (error) {
    await platform.stop();
    throw error;
  }
}

/** Starts the sensor for the current hour. Its schedule would start it at the next full hour. */
async function startSensor(endpoints: Endpoints): Promise<void> {
  const sensor = openSensor(endpoints);
  await sensor.start();
  sensor.close();
}
