import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writevSync } from 'node:fs';
import { type Aws, isLoopback } from './aws.ts';

/** A file system in memory. Linux has it. */
const FOLDER = '/dev/shm';
/** The most events that are in memory at a time; each may have 6 MB. Further ones are sent. */
const MAX_EVENTS = 4;
/** Unused memory is given back after this time. */
const IDLE_MS = 10_000;

/** An event that an invoke names in place of its body. */
type SharedEvent = {
  headers: { [name: string]: string };
  /** Ends the use of the memory. Only after an answer has the function surely read it. */
  release: (isAnswered: boolean) => void;
};

/** Writes an event to shared memory. Undefined when it must be sent as the body of the invoke. */
export type ShareEvent = (event: Buffer[]) => Promise<SharedEvent | undefined>;

/**
 * Hands events to an emulator on the same machine without sending them. The emulator opens the memory as
 * `/proc/<pid>/fd/<number>`, and so does the function. The files have no name in the file system, so their
 * memory ends with this process. An emulator that cannot read them gets every event as a body.
 */
export function createSharedEvents(aws: Aws, endpoint: URL): ShareEvent {
  const free: SharedMemory[] = [];
  let inUse = 0;
  let idle: NodeJS.Timeout | undefined;
  let asked: Promise<boolean> | undefined;
  if (!isLoopback(endpoint.hostname)) return async () => undefined;

  const take = (): SharedMemory => {
    inUse++;
    clearTimeout(idle);
    return free.pop() ?? openMemory();
  };
  const giveBack = (memory: SharedMemory, isReusable: boolean) => {
    inUse--;
    if (isReusable) free.push(memory);
    else memory.close();
    clearTimeout(idle);
    idle = setTimeout(() => {
      for (const each of free.splice(0)) each.close();
    }, IDLE_MS).unref();
  };

  /** Another process that reads the same memory reads the same random text. */
  const ask = async (): Promise<boolean> => {
    const text = Buffer.from(randomUUID());
    const memory = take();
    try {
      const headers = memory.write([text]);
      const { status, body } = await aws({
        service: 'lambda',
        method: 'GET',
        path: '/_isobar/shared-event',
        headers,
      });
      return status === 200 && body.equals(text);
    } finally {
      giveBack(memory, true);
    }
  };

  return async (event) => {
    if (inUse >= MAX_EVENTS) return undefined;
    asked ??= ask();
    let memory: SharedMemory | undefined;
    try {
      if (!(await asked)) return undefined;
      memory = take();
      const held = memory;
      return {
        headers: held.write(event),
        release(isAnswered) {
          giveBack(held, isAnswered);
          // Perhaps another emulator has taken the place of the one that was asked.
          if (!isAnswered) asked = undefined;
        },
      };
    } catch {
      // No such folder, no memory, or no answer: the invoke itself will tell of an emulator that is away.
      if (memory) giveBack(memory, false);
      else asked = undefined;
      return undefined;
    }
  };
}

type SharedMemory = {
  /** Writes from the beginning. Returns the headers that name these bytes. */
  write: (parts: Buffer[]) => { [name: string]: string };
  close: () => void;
};

function openMemory(): SharedMemory {
  const name = `isobar-event-${randomUUID()}`;
  const file = openSync(`${FOLDER}/${name}`, 'wx+', 0o600);
  unlinkSync(`${FOLDER}/${name}`);
  return {
    write(parts) {
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      if (writevSync(file, parts, 0) !== length) throw new Error('the shared memory is full');
      return { 'x-isobar-event': `/proc/${process.pid}/fd/${file} ${name} ${length}` };
    },
    close: () => closeSync(file),
  };
}
