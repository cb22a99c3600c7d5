/** Tests a value of an event. `undefined` stands for a field that the event does not have. */
export type Matcher = (value: unknown) => boolean;

/**
 * Compiles an EventBridge-style pattern with the operators that Lambda documents for filters:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax. An object
 * names fields that must all match. A list names alternatives for one field. Throws on an unknown operator.
 */
export function compile(pattern: unknown): Matcher {
  if (Array.isArray(pattern)) return anyElement(pattern.map(compileAlternative));
  if (!isObject(pattern))
    throw new Error(`a filter pattern must be a list or an object, not ${JSON.stringify(pattern)}`);
  const fields = Object.entries(pattern).map(([name, inner]) =>
    name === '$or' ? compileOr(inner) : compileField(name, compile(inner)),
  );
  return (value) => fields.every((field) => field(value));
}

function compileOr(alternatives: unknown): Matcher {
  if (!Array.isArray(alternatives)) throw new Error('$or needs a list');
  const matchers = alternatives.map(compile);
  return (value) => matchers.some((matches) => matches(value));
}

/** In a list of objects, one matching object is enough. */
function compileField(name: string, inner: Matcher): Matcher {
  const ofObject = (value: unknown) =>
    inner(isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  return (value) => (Array.isArray(value) ? value.some(ofObject) : ofObject(value));
}

/** A field with a list matches when one of its elements matches. */
function anyElement(alternatives: Matcher[]): Matcher {
  const matches = (value: unknown) => alternatives.some((alternative) => alternative(value));
  return (value) => (Array.isArray(value) && value.length > 0 ? value.some(matches) : matches(value));
}

function compileAlternative(alternative: unknown): Matcher {
  if (alternative instanceof NumberText) {
    return (value) => value instanceof NumberText && value.text === alternative.text;
  }
  if (!isObject(alternative)) return (value) => value === alternative;
  const [[operator, operand] = [], ...more] = Object.entries(alternative);
  if (operator === undefined || more.length > 0)
    throw new Error('a comparison must have exactly one operator');
  return compileOperator(operator, operand);
}

function compileOperator(operator: string, operand: unknown): Matcher {
  switch (operator) {
    case 'exists':
      return operand === true ? isLeaf : (value) => !isLeaf(value);
    case 'prefix':
    case 'suffix':
    case 'equals-ignore-case':
      return compileText(operator, operand);
    case 'anything-but':
      return compileAnythingBut(operand);
    case 'numeric':
      return compileNumeric(operand);
    default:
      throw new Error(`unknown operator ${operator}`);
  }
}

function compileText(operator: 'prefix' | 'suffix' | 'equals-ignore-case', operand: unknown): Matcher {
  if (isObject(operand) && operator !== 'equals-ignore-case') {
    const inner = operand['equals-ignore-case'];
    if (typeof inner !== 'string') throw new Error(`${operator} needs a string`);
    const matches = compileText(operator, inner.toLowerCase());
    return (value) => typeof value === 'string' && matches(value.toLowerCase());
  }
  if (typeof operand !== 'string') throw new Error(`${operator} needs a string`);
  const lower = operand.toLowerCase();
  if (operator === 'prefix') return (value) => typeof value === 'string' && value.startsWith(operand);
  if (operator === 'suffix') return (value) => typeof value === 'string' && value.endsWith(operand);
  return (value) => typeof value === 'string' && value.toLowerCase() === lower;
}

/** An absent field does not match "anything but". */
function compileAnythingBut(operand: unknown): Matcher {
  const excluded = (Array.isArray(operand) ? operand : [operand]).map(compileAlternative);
  return (value) => value !== undefined && !excluded.some((matches) => matches(value));
}

const COMPARISONS: { [sign: string]: (a: number, b: number) => boolean } = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `["=", 1]`, or a range such as `[">", 0, "<=", 5]`. */
function compileNumeric(operand: unknown): Matcher {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) {
    throw new Error('numeric needs pairs of a comparison and a number');
  }
  const tests = operand.flatMap((sign, i) => {
    if (i % 2 === 1) return [];
    const compare = COMPARISONS[String(sign)];
    const limit: unknown = operand[i + 1];
    const number = numberOf(limit);
    if (!compare || number === undefined) throw new Error(`numeric cannot compare ${sign} ${limit}`);
    return [(value: number) => compare(value, number)];
  });
  return (value) => {
    const number = numberOf(value);
    return number !== undefined && tests.every((test) => test(number));
  };
}

function numberOf(value: unknown): number | undefined {
  if (value instanceof NumberText) return Number(value.text);
  return typeof value === 'number' ? value : undefined;
}

/** A number whose text differs from the text that JavaScript would write for it. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Parses the JSON of patterns and of records. Two numbers are equal when they are written alike: 300 equals
 * neither 300.0 nor 3.0e2 (filtering-syntax, above).
 */
export function parseJson(text: string): unknown {
  return WRITTEN_DIFFERENTLY.test(text) ? JSON.parse(text, keepNumberText) : JSON.parse(text);
}

/** Finds texts that may hold such numbers. Other texts are parsed faster. */
const WRITTEN_DIFFERENTLY = /\d[eE]|\.\d*0(?!\d)|-0|\d{16}/;

function keepNumberText(_key: string, value: unknown, ...[context]: { source?: string }[]): unknown {
  const text = context?.source;
  return typeof value === 'number' && text !== undefined && String(value) !== text
    ? new NumberText(text)
    : value;
}

/** "The Exists operator only works on leaf nodes." */
const isLeaf = (value: unknown): boolean => value !== undefined && !isObject(value);

export const isObject = (value: unknown): value is { [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
