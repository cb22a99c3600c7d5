const float8Oid = 701;
const elementBytes = 4 + Float64Array.BYTES_PER_ELEMENT;

/**
 * Encodes numbers as a `float8[]` in the binary format of Postgres; `pg` sends a Buffer in that format.
 * As text, 10,000 windows take longer to encode and parse than to store (ADR 7).
 * Layout: dimensions, has-nulls, element type; length and lower bound of the dimension; then, per element,
 * its length and value.
 */
export function float8Array(values: readonly number[]): Buffer {
  if (values.length === 0) return header(0, []);
  const array = Buffer.allocUnsafe(20 + values.length * elementBytes);
  header(1, [values.length, 1]).copy(array);
  let at = 20;
  for (const value of values) {
    at = array.writeInt32BE(Float64Array.BYTES_PER_ELEMENT, at);
    at = array.writeDoubleBE(value, at);
  }
  return array;
}

function header(dimensions: number, dimension: readonly number[]): Buffer {
  const fields = [dimensions, 0, float8Oid, ...dimension];
  const bytes = Buffer.allocUnsafe(fields.length * 4);
  fields.forEach((field, index) => {
    bytes.writeInt32BE(field, index * 4);
  });
  return bytes;
}
