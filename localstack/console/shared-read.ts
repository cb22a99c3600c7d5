/** A reading that takes so long is repeated after several times its duration. */
const slowMs = 200;
const pauseFactor = 4;

/**
 * Answers requests that come close together with one reading: those that arrive while it runs, and those up
 * to `forMs` after it, or longer when the reading itself took long. More open pages then cost no more than
 * one, and a lake of many objects is not listed all the time.
 */
export function sharedRead<Value>(read: () => Promise<Value>, forMs: number): () => Promise<Value> {
  let current: { readonly value: Promise<Value>; freshUntil: number } | undefined;
  return () => {
    if (current && performance.now() < current.freshUntil) return current.value;
    const startedAt = performance.now();
    const started = { value: read(), freshUntil: Number.POSITIVE_INFINITY };
    current = started;
    started.value.then(
      () => {
        const now = performance.now();
        const tookMs = now - startedAt;
        started.freshUntil = now + Math.max(forMs, tookMs < slowMs ? 0 : pauseFactor * tookMs);
      },
      () => {
        started.freshUntil = 0;
      },
    );
    return started.value;
  };
}
