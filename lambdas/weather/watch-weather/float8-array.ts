const float8Oid = 701;
const headerBytes = 20;
const lengthBytes = 4;
const elementBytes = lengthBytes + Float64Array.BYTES_PER_ELEMENT;

/**
 * Encodes numbers as a `float8[]` in the binary format of Postgres; `pg` sends a Buffer in that format. As
 * text, 10,000 windows take longer to encode and parse than to store (ADR 7).
 * Layout: dimensions, has-nulls, element type; length and lower bound of the dimension; then, per element,
 * its length and value.
 */
export function float8Array(values: readonly number[]): Buffer {
  const isEmpty = values.length === 0;
  const bytes = Buffer.allocUnsafe(isEmpty ? 12 : headerBytes + values.length * elementBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setInt32(0, isEmpty ? 0 : 1);
  view.setInt32(4, 0);
  view.setInt32(8, float8Oid);
  if (isEmpty) return bytes;
  view.setInt32(12, values.length);
  view.setInt32(16, 1);
  let at = headerBytes;
  for (const value of values) {
    view.setInt32(at, Float64Array.BYTES_PER_ELEMENT);
    view.setFloat64(at + lengthBytes, value);
    at += elementBytes;
  }
  return bytes;
}
