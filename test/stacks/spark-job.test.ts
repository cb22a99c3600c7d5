import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { stages } from '../../lib/config.ts';
import { SparkJob } from '../../lib/constructs/spark-job.ts';

const root = path.join(import.meta.dirname, '../..');

test('packages of a job are one zip with those folders of glue-scripts, and the job may read it', () => {
  const outdir = mkdtempSync(path.join(tmpdir(), 'spark-job-'));
  try {
    const stack = new Stack(new App({ outdir }), 'Stack');
    new SparkJob(stack, 'Job', {
      config: stages.dev,
      script: 'train_fraud_model',
      packages: ['fraud_report'],
      name: 'train',
      workers: 2,
      timeout: Duration.hours(1),
      maxConcurrentRuns: 1,
      arguments: {},
    });
    const assembly = App.of(stack)?.node.root as App;
    const template = assembly.synth().getStackByName('Stack').template;
    const [job] = Object.values<{ Type: string; Properties: Record<string, Record<string, unknown>> }>(
      template.Resources,
    ).filter(({ Type }) => Type === 'AWS::Glue::Job');
    const location = JSON.stringify(job?.Properties.DefaultArguments?.['--extra-py-files']);
    const [, hash] = /\/([0-9a-f]{64})\.zip/.exec(location) ?? [];
    expect(JSON.stringify(template.Resources)).toContain(`/${hash}.zip"]]}`);

    const packed = globSync('**/*.*', { cwd: path.join(outdir, `asset.${hash}`) }).sort();
    const own = globSync('fraud_report/*.*', { cwd: path.join(root, 'glue-scripts') }).sort();
    expect(packed).toEqual(own);
    // Each module that the script imports from the package is there.
    const script = readFileSync(path.join(root, 'glue-scripts/train_fraud_model.py'), 'utf8');
    const imported = [...script.matchAll(/^from (fraud_report\.\w+) import/gm)].map(
      ([, name = '']) => `${name.replace('.', '/')}.py`,
    );
    expect(imported.length).toBeGreaterThan(0);
    expect(packed).toEqual(expect.arrayContaining(imported));
  } finally {
    rmSync(outdir, { recursive: true });
  }
});
