import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LambdaClient, UpdateFunctionCodeCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { readTemplates } from '../deploy/supported-resources.ts';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from '../platform/local-account.ts';
import type { BuiltFunction } from './watch-functions.ts';

const prefix = 'isobar-local-';

interface FunctionResource {
  readonly Type: string;
  readonly Properties?: {
    readonly FunctionName?: unknown;
    /** The key is the hash of the asset, and `.zip`. */
    readonly Code?: { readonly S3Key?: unknown };
  };
}

/**
 * The code of each function in a synthesized assembly, by the function's folder. Of an assembly that is gone,
 * none: then all functions count as changed.
 */
export async function codeOfAssembly(assembly: string): Promise<Map<string, string>> {
  if (!existsSync(path.join(assembly, 'manifest.json'))) return new Map();
  const templates = await readTemplates(assembly);
  const resources = [...templates.values()].flatMap(({ Resources }) =>
    Object.values(Resources),
  ) as readonly FunctionResource[];
  const code = new Map<string, string>();
  for (const { Type, Properties } of resources) {
    const name = Properties?.FunctionName;
    const key = Properties?.Code?.S3Key;
    if (Type !== 'AWS::Lambda::Function' || typeof name !== 'string' || typeof key !== 'string') continue;
    if (!name.startsWith(prefix)) continue;
    const bundle = path.join(assembly, `asset.${path.basename(key, '.zip')}`, 'index.js');
    code.set(name.slice(prefix.length), await readFile(bundle, 'utf8'));
  }
  return code;
}

/** Replaces the code of functions of the local platform, and waits until the next call runs it. */
export async function updateFunctions(
  endpoints: Pick<Endpoints, 'awsEndpointUrl' | 'region'>,
  functions: readonly BuiltFunction[],
): Promise<void> {
  const client = new LambdaClient(localAccount(endpoints));
  try {
    await Promise.all(
      functions.map(async ({ folder, code }) => {
        const FunctionName = `${prefix}${folder}`;
        const ZipFile = zipSync({ 'index.js': strToU8(code) });
        await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
        await waitUntilFunctionUpdatedV2(
          { client, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 },
          { FunctionName },
        );
      }),
    );
  } finally {
    client.destroy();
  }
}
