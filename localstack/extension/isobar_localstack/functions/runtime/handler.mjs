// Loads the function for a handler string such as `dist/index.handler`.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  CallbackHandlerDeprecated,
  HandlerNotFound,
  ImportModuleError,
  MalformedHandlerName,
  UserCodeSyntaxError,
} from './errors.mjs';
import { supportsCallbacks } from './invocation.mjs';

const require = createRequire(import.meta.url);

export async function loadHandler(taskRoot, name) {
  if (name.includes('..')) {
    throw new MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const folder = path.resolve(taskRoot, path.dirname(name));
  const [, module, property] = /^([^.]*)\.(.*)$/.exec(path.basename(name)) ?? [];
  if (property === undefined) throw new MalformedHandlerName('Bad handler');

  const loaded = await loadModule(folder, module, taskRoot);
  const handler = property.split('.').reduce((nested, key) => nested?.[key], loaded);
  if (!handler) throw new HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new HandlerNotFound(`${name} is not a function`);
  if (handler.length > 2 && !supportsCallbacks()) throw new CallbackHandlerDeprecated();
  return handler;
}

async function loadModule(folder, module, taskRoot) {
  try {
    const file = path.join(folder, module);
    if (existsSync(file)) return require(file);
    if (existsSync(`${file}.js`))
      return isEsModule(folder) ? importFile(`${file}.js`) : require(`${file}.js`);
    if (existsSync(`${file}.mjs`)) return await importFile(`${file}.mjs`);
    if (existsSync(`${file}.cjs`)) return require(`${file}.cjs`);
    return require(require.resolve(module, { paths: [taskRoot, folder] }));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(error);
    if (error.code === 'MODULE_NOT_FOUND') throw new ImportModuleError(error);
    throw error;
  }
}

const importFile = (file) => import(pathToFileURL(file).href);

/** Whether the nearest package.json declares an ES module. */
function isEsModule(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const manifest = path.join(folder, 'package.json');
  if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
  const parent = path.dirname(folder);
  return parent !== folder && isEsModule(parent);
}
