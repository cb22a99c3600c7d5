export type Env = Readonly<Record<string, string | undefined>>;

/** Reads one variable each. What is missing or wrong is collected, so that one message names it all. */
export interface EnvReader {
  text(name: string): string;
  /** An empty variable counts as absent. */
  optionalText(name: string): string | undefined;
  list(name: string): string[];
  number(name: string): number;
  /**
   * Returns the result of `parse`, which throws for a text that it cannot read. `expected` describes a valid
   * text.
   */
  parsed<T>(name: string, expected: string, parse: (text: string) => T): T;
  oneOf<const T extends string>(name: string, allowed: readonly [T, ...T[]]): T;
}

/**
 * Runs `read` over the environment and returns what it built.
 * Throws one Error that names every variable that is missing or malformed.
 */
export function readEnv<T>(read: (env: EnvReader) => T, source: Env = process.env): T {
  const problems: string[] = [];

  const text = (name: string) => {
    const value = source[name];
    if (!value) problems.push(`${name} is missing`);
    return value ?? '';
  };

  const config = read({
    text,
    optionalText: (name) => source[name] || undefined,
    list: (name) => text(name).split(','),
    number(name) {
      const value = text(name);
      const number = Number(value);
      if (value && !Number.isFinite(number)) problems.push(`${name} is "${value}", expected a number`);
      return number;
    },
    parsed<T>(name: string, expected: string, parse: (text: string) => T): T {
      const value = text(name);
      try {
        return parse(value);
      } catch (error) {
        if (value) problems.push(`${name} is "${value}", expected ${expected}: ${String(error)}`);
        // Never returned to the caller: readEnv throws when there is a problem.
        return undefined as T;
      }
    },
    oneOf(name, allowed) {
      const value = text(name);
      const match = allowed.find((candidate) => candidate === value);
      if (value && !match) problems.push(`${name} is "${value}", expected ${allowed.join(' or ')}`);
      return match ?? allowed[0];
    },
  });

  if (problems.length > 0) throw new Error(`Environment: ${problems.join('; ')}`);
  return config;
}
