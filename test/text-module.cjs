// For jest: a file that is imported `with { type: 'text' }` becomes a module whose default export is its
// text, as in Node and esbuild.
module.exports = { process: (source) => ({ code: `export default ${JSON.stringify(source)};` }) };
