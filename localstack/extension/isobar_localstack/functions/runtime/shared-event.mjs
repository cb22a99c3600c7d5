// Reads an event from memory that its sender shares (`functions/shared_event.py`), not from the socket.
import { closeSync, openSync, readSync } from 'node:fs';

/** Later events reuse it: the first touch of new memory is expensive. */
let room = Buffer.alloc(0);

export function readSharedEvent({ file, length }) {
  if (room.length < length) room = Buffer.allocUnsafeSlow(length);
  const memory = openSync(file);
  try {
    let read = 0;
    while (read < length) {
      const more = readSync(memory, room, read, length - read, read);
      if (more === 0) throw new Error(`the event ends after ${read} of ${length} bytes`);
      read += more;
    }
  } finally {
    closeSync(memory);
  }
  return room.toString('utf8', 0, length);
}
