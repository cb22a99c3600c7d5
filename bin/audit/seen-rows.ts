import { sourceId } from '../../lambdas/shared/kafka/source.ts';

const blockRows = 1024;

/** The rows of files seen so far, one bit for each: a million rows of a file need 125 kB. */
export class SeenRows {
  readonly #earlier: SeenRows | undefined;

  /** @param earlier rows that were seen too */
  constructor(earlier?: SeenRows) {
    this.#earlier = earlier;
  }

  readonly #files = new Map<string, Map<number, Uint32Array>>();

  /** Returns false when the row was already seen. */
  add(source: string, row: number): boolean {
    if (this.#earlier?.has(source, row)) return false;
    const block = this.#blockOf(source, Math.floor(row / blockRows));
    const word = (row % blockRows) >>> 5;
    const bit = 1 << (row & 31);
    const bits = block[word] ?? 0;
    block[word] = bits | bit;
    return (bits & bit) === 0;
  }

  has(source: string, row: number): boolean {
    if (this.#earlier?.has(source, row)) return true;
    const block = this.#files.get(sourceId(source))?.get(Math.floor(row / blockRows));
    return (((block?.[(row % blockRows) >>> 5] ?? 0) >>> (row & 31)) & 1) === 1;
  }

  #blockOf(source: string, number: number): Uint32Array {
    const id = sourceId(source);
    let file = this.#files.get(id);
    if (!file) {
      file = new Map();
      this.#files.set(id, file);
    }
    let block = file.get(number);
    if (!block) {
      block = new Uint32Array(blockRows / 32);
      file.set(number, block);
    }
    return block;
  }
}
