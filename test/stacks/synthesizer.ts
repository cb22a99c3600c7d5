// `synthesizer.ts FOLDER`: makes the templates that test files ask for, in one process for the whole run,
// since the CDK takes seconds to load. synthesized.ts describes the files. Ends with the process that forked
// it.
import { existsSync, readdirSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { AppConfig } from '../../lib/app-config.ts';
import { withApp } from './with-app.ts';

const [folder = ''] = process.argv.slice(2);
const answered = new Set<string>();

function answer(wanted: string): object {
  const [config, ids]: [AppConfig, string[]] = JSON.parse(wanted);
  try {
    const templates = withApp(config, (app) =>
      Object.fromEntries(ids.map((id) => [id, Template.fromStack(app.node.findChild(id) as Stack).toJSON()])),
    );
    return { templates };
  } catch (error) {
    return { error: String((error as Error).stack) };
  }
}

function answerAll(): void {
  // The run has ended.
  if (!existsSync(folder)) process.exit();
  for (const request of readdirSync(folder).filter((file) => file.endsWith('.wanted'))) {
    if (answered.has(request)) continue;
    answered.add(request);
    const file = join(folder, request.replace(/wanted$/, 'json'));
    writeFileSync(`${file}.new`, JSON.stringify(answer(readFileSync(join(folder, request), 'utf8'))));
    renameSync(`${file}.new`, file);
  }
}

process.on('disconnect', () => process.exit());
watch(folder, answerAll);
answerAll();
