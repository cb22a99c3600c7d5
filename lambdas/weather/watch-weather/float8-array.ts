const float8Oid = 701;
const elementBytes = 4 + Float64Array.BYTES_PER_ELEMENT;

/**
 * Encodes numbers and nulls as a `float8[]` in the binary format of Postgres; `pg` sends a Buffer in that
 * format. As text, 10,000 windows take longer to encode and parse than to store (ADR 7).
 * Layout: dimensions, has-nulls, element type; length and lower bound of the dimension; then, per element,
 * its length and value. The length of null is -1, and it has no value.
 */
export function float8Array(values: readonly (number | null)[]): Buffer {
  if (values.length === 0) return header(0, 0, []);
  const array = Buffer.allocUnsafe(20 + values.length * elementBytes);
  let hasNulls = 0;
  let at = 20;
  for (const value of values) {
    if (value === null) {
      hasNulls = 1;
      at = array.writeInt32BE(-1, at);
      continue;
    }
    at = array.writeInt32BE(Float64Array.BYTES_PER_ELEMENT, at);
    at = array.writeDoubleBE(value, at);
  }
  header(1, hasNulls, [values.length, 1]).copy(array);
  return array.subarray(0, at);
}

function header(dimensions: number, hasNulls: number, dimension: readonly number[]): Buffer {
  const fields = [dimensions, hasNulls, float8Oid, ...dimension];
  const bytes = Buffer.allocUnsafe(fields.length * 4);
  fields.forEach((field, index) => {
    bytes.writeInt32BE(field, index * 4);
  });
  return bytes;
}
