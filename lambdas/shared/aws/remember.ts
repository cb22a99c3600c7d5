/**
 * A getter that fetches once and remembers. A failed fetch, or `forget()`, makes the next call fetch again.
 */
export function remember<T>(fetch: () => Promise<T>): { get(): Promise<T>; forget(): void } {
  let value: Promise<T> | undefined;
  const forget = () => {
    value = undefined;
  };
  return {
    get() {
      value ??= fetch().catch((error) => {
        forget();
        throw error;
      });
      return value;
    },
    forget,
  };
}
