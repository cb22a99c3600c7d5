// Jest runs the same source that Node runs: types are blanked out in place, so that lines and columns stay
// true.
const { stripTypeScriptTypes } = require('node:module');
const { createHash } = require('node:crypto');

// Jest refuses this attribute, which Node needs. Without it, text-module.cjs turns the file into a module.
const textAttribute = " with { type: 'text' }";

module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source.replaceAll(textAttribute, '')) }),
  getCacheKey: (source) =>
    createHash('sha256').update(process.version).update(textAttribute).update(source).digest('hex'),
};
