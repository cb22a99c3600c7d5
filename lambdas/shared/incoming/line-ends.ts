const lf = 0x0a;
const cr = 0x0d;

/** Ends every line in LF or CRLF. A piece of the file may end between the two bytes of a CRLF. */
export interface LineEnds {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

/**
 * Turns the lone CR of classic Mac OS into LF, also inside quoted cells. Files without one pass unchanged.
 */
export function normaliseLineEnds(): LineEnds {
  let held = false;

  return {
    push(chunk) {
      if (chunk.length === 0) return chunk;
      let bytes = held ? Buffer.concat([carriageReturn, chunk]) : chunk;
      held = bytes.at(-1) === cr;
      if (held) bytes = bytes.subarray(0, -1);
      const first = loneReturn(bytes, 0);
      if (first < 0) return bytes;
      const changed = Buffer.from(bytes);
      for (let at = first; at >= 0; at = loneReturn(changed, at + 1)) changed[at] = lf;
      return changed;
    },
    end: () => (held ? Buffer.from([lf]) : Buffer.alloc(0)),
  };
}

const carriageReturn = Buffer.from([cr]);

function loneReturn(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(cr, from); at >= 0; at = bytes.indexOf(cr, at + 1))
    if (bytes[at + 1] !== lf) return at;
  return -1;
}
