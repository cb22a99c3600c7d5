// Provides the AWS SDK, as Lambda's Node.js runtime does. A function that does not bundle the SDK finds it in
// `folder`, but no other package of that folder.
import { createRequire, registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const PROVIDED = /^@(aws-sdk|smithy)\//;

export function provideRuntimeModules(folder) {
  if (!folder) return;
  const provided = createRequire(path.join(path.dirname(folder), 'runtime.js'));
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!PROVIDED.test(specifier)) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch {
        return { url: pathToFileURL(provided.resolve(specifier)).href, shortCircuit: true };
      }
    },
  });
}
