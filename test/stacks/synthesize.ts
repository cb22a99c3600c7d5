// `synthesize.ts FILE`: writes the templates of the configuration and the stacks that stdin names.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { AppConfig } from '../../lib/app-config.ts';
import { withApp } from './with-app.ts';

const [config, ids]: [AppConfig, string[]] = JSON.parse(readFileSync(0, 'utf8'));
const [file = ''] = process.argv.slice(2);
const templates = withApp(config, (app) =>
  Object.fromEntries(ids.map((id) => [id, Template.fromStack(app.node.findChild(id) as Stack).toJSON()])),
);
writeFileSync(file, JSON.stringify(templates));
