/**
 * Answers requests that come close together with one reading: those that arrive while it runs, and those up
 * to `forMs` after it. More open pages then cost no more than one.
 */
export function sharedRead<Value>(read: () => Promise<Value>, forMs: number): () => Promise<Value> {
  let current: { readonly value: Promise<Value>; freshUntil: number } | undefined;
  return () => {
    if (current && performance.now() < current.freshUntil) return current.value;
    const started = { value: read(), freshUntil: Number.POSITIVE_INFINITY };
    current = started;
    started.value.then(
      () => {
        started.freshUntil = performance.now() + forMs;
      },
      () => {
        started.freshUntil = 0;
      },
    );
    return started.value;
  };
}
