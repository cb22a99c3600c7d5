import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { localstackVenv } from '../../localstack/setup/tools.mjs';
import { withEveryOption } from './every-option.ts';
import { stackIds, templatesOf } from './synthesized.ts';
import type { TemplateJson } from './template-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'isobar-cfn-lint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * An output of another stack as a parameter, whose value cfn-lint does not know either. It knows the
 * function, but not inside of `Fn::Join`.
 */
function withParameters(template: TemplateJson): object {
  const outputs = /\{"Fn::GetStackOutput":\{[^{}]*\}\}/g;
  const text = JSON.stringify(template).replaceAll(outputs, '{"Ref":"OutputOfOtherStack"}');
  return { ...JSON.parse(text), Parameters: { OutputOfOtherStack: { Type: 'String' } } };
}

interface Finding {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

test('cfn-lint finds no error in any template', async () => {
  const templates = templatesOf(withEveryOption, [...stackIds, 'ManagedPrometheus']);
  const files = Object.entries(templates).map(([stack, template]) => {
    const file = join(folder, `${stack}.json`);
    writeFileSync(file, JSON.stringify(withParameters(template)));
    return file;
  });
  // It exits with a code that is not 0 when it finds anything.
  const lint = promisify(execFile)(join(localstackVenv, 'bin/cfn-lint'), [
    ...['--regions', withEveryOption.region, '--ignore-checks', 'W', '--format', 'json', '--template'],
    ...files,
  ]).catch((error: { readonly stdout: string }) => error);
  const findings: Finding[] = JSON.parse((await lint).stdout);
  const types = new Map(
    Object.values(templates).flatMap(({ Resources }) =>
      Object.entries(Resources).map(([id, { Type }]) => [id, Type]),
    ),
  );
  const found = findings.map(({ Rule, Message, Location }) => {
    const [, id = '', ...at] = (Location.Path ?? []).map(String);
    return `${types.get(id)} ${at.join('.')}: ${Rule.Id} ${Message}`;
  });
  expect(found).toEqual([]);
});
