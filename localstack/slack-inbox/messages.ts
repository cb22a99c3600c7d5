import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Json } from './block-kit.ts';

/** A received message. `id` counts from 1 after each clearing of the inbox. */
export interface Message {
  readonly id: number;
  readonly receivedAt: string;
  readonly webhook: string;
  readonly payload: Json;
}

/** The latest messages, newest last, and the total number received. */
export interface Messages {
  readonly latest: readonly Message[];
  readonly total: number;
  add(message: Omit<Message, 'id'>): Promise<Message>;
  clear(): Promise<void>;
}

/** Drops a line that a crash cut short: its message was never acknowledged. */
const parseLine = (line: string): Message[] => {
  try {
    return [JSON.parse(line) as Message];
  } catch {
    return [];
  }
};

const load = async (file: string): Promise<Message[]> => {
  await mkdir(dirname(file), { recursive: true });
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (content !== '' && !content.endsWith('\n')) await appendFile(file, '\n');
  return content.split('\n').filter(Boolean).flatMap(parseLine);
};

/**
 * Keeps the latest `keep` messages in memory. With a file, appends every message to it as a line of JSON.
 * The line is written before `add` resolves, so an acknowledged message survives a crash.
 */
export const openMessages = async ({
  keep,
  storeFile,
}: {
  keep: number;
  storeFile?: string;
}): Promise<Messages> => {
  const stored = storeFile ? await load(storeFile) : [];
  let latest = stored.slice(-keep);
  let total = stored.length;
  let last: Promise<unknown> = Promise.resolve();

  /** Runs one write at a time, so that lines are in the order of their ids and never overlap. */
  const inTurn = <T>(write: () => Promise<T>): Promise<T> => {
    const result = last.then(write);
    last = result.catch(() => {});
    return result;
  };

  return {
    get latest() {
      return latest;
    },
    get total() {
      return total;
    },
    add: (arrived) =>
      inTurn(async () => {
        const message = { id: total + 1, ...arrived };
        if (storeFile) await appendFile(storeFile, `${JSON.stringify(message)}\n`);
        total += 1;
        latest = [...latest, message].slice(-keep);
        return message;
      }),
    clear: () =>
      inTurn(async () => {
        if (storeFile) await writeFile(storeFile, '');
        total = 0;
        latest = [];
      }),
  };
};
