// Frames on the socket to LocalStack's executor: two big-endian 32-bit lengths, a small JSON header, and a
// payload of raw bytes. `frames.py` is the other end. One frame is in flight at a time.
import net from 'node:net';

const LENGTHS = 8;
const READ_SIZE = 256 * 1024;

export function connectFrames(fd, { onFrame, onClose }) {
  const receive = frameReader(onFrame);
  const socket = new net.Socket({
    fd,
    readable: true,
    writable: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_SIZE),
      callback: (length, buffer) => {
        receive(buffer.subarray(0, length));
        return true;
      },
    },
  });
  socket.on('error', onClose);
  socket.on('close', onClose);

  return {
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    send(header, payload = '', onSent) {
      const head = Buffer.from(JSON.stringify(header));
      const body = Buffer.from(payload);
      const lengths = Buffer.allocUnsafe(LENGTHS);
      lengths.writeUInt32BE(head.length, 0);
      lengths.writeUInt32BE(body.length, 4);
      socket.cork();
      socket.write(lengths);
      socket.write(head);
      socket.write(body, onSent);
      socket.uncork();
    },
  };
}

/**
 * Copies each chunk once, into a buffer that later frames reuse: the first touch of new memory is expensive.
 */
function frameReader(onFrame) {
  const lengths = Buffer.allocUnsafe(LENGTHS);
  let room = Buffer.alloc(0);
  let target = lengths;
  let filled = 0;

  return function receive(chunk) {
    const copied = chunk.copy(target, filled);
    filled += copied;
    if (filled < target.length) return;
    filled = 0;
    if (target === lengths) {
      const length = lengths.readUInt32BE(0) + lengths.readUInt32BE(4);
      if (room.length < length) room = Buffer.allocUnsafeSlow(length);
      target = room.subarray(0, length);
    } else {
      const frame = target;
      const headLength = lengths.readUInt32BE(0);
      target = lengths;
      onFrame(JSON.parse(frame.toString('utf8', 0, headLength)), frame.toString('utf8', headLength));
    }
    if (copied < chunk.length) receive(chunk.subarray(copied));
  };
}
