import type { ICloudAssemblySource, IIoHost, Toolkit } from '@aws-cdk/toolkit-lib';
import { inEnvironment } from './environment.ts';

export interface ToolkitOptions {
  /** Directory that `synthesize` wrote. */
  readonly assembly: string;
  /** Environment variables with the AWS account, credentials and endpoint. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

type Library = typeof import('@aws-cdk/toolkit-lib');

/** Hands the CDK's toolkit and the assembly to `use`, with the environment in which its AWS clients work. */
export async function withToolkit<T>(
  { assembly, environment }: ToolkitOptions,
  ioHost: IIoHost,
  use: (toolkit: Toolkit, source: ICloudAssemblySource, library: Library) => Promise<T>,
): Promise<T> {
  return inEnvironment(environment, async () => {
    // Imported only now, since it takes 2 s to load and reads the environment when it does.
    const library = await import('@aws-cdk/toolkit-lib');
    const toolkit = new library.Toolkit({ ioHost, emojis: false, color: false });
    return use(toolkit, await toolkit.fromAssemblyDirectory(assembly), library);
  });
}
