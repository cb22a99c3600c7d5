export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape; a wrong guess fails the test
  readonly Properties?: any;
  readonly DependsOn?: string | string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The parts of a synthesized template that the tests read. */
export interface TemplateJson {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Output>>;
}

interface Output {
  readonly Value: unknown;
  readonly Export?: unknown;
}

/** All templates of the app, by the id of their stack. */
export type Templates = Readonly<Record<string, TemplateJson>>;

/** A value of a template as one line: `<id>` for a reference, `<id.attribute>` for an attribute. */
export type Text = (value: unknown) => string;

/** Begins a reference into another stack with that stack's id. */
export function textIn(templates: Templates): Text {
  const local = textWith(new Map());
  const outputs = Object.entries(templates).flatMap(([stack, { Outputs = {} }]) =>
    Object.entries(Outputs).map(
      ([name, { Value }]) =>
        [`${stack.toLowerCase()}.${name}`, local(Value).replace('<', `<${stack}.`)] as const,
    ),
  );
  return textWith(new Map(outputs));
}

/** `outputs` by `<last part of the stack's name>.<name>`. */
function textWith(outputs: ReadonlyMap<string, string>): Text {
  // biome-ignore lint/suspicious/noExplicitAny: each intrinsic takes an argument of its own shape
  const intrinsics: Readonly<Record<string, (argument: any) => string>> = {
    Ref: (id) => `<${id.replace('AWS::', '')}>`,
    'Fn::GetAtt': (path) => `<${[path].flat().join('.')}>`,
    'Fn::GetStackOutput': ({ StackName, OutputName }) =>
      outputs.get(`${StackName.split('-').at(-1)}.${OutputName}`) ?? `<output ${OutputName} of ${StackName}>`,
    'Fn::Join': ([separator, parts]) => parts.map(text).join(separator),
    'Fn::Sub': (argument) => String([argument].flat()[0]).replace(/\$\{(?:AWS::)?([^}]+)\}/g, '<$1>'),
    'Fn::Select': ([index, list]) => text(list).replace('<', `<part ${index} of `),
    'Fn::Split': ([, value]) => text(value),
  };
  const text = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return String(value);
    const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
    const intrinsic = more.length === 0 ? intrinsics[name] : undefined;
    if (intrinsic !== undefined) return intrinsic(argument);
    if (Array.isArray(value)) return value.map(text).sort().join(', ');
    return Object.entries(value)
      .map(([key, each]) => `${key}: ${text(each)}`)
      .join(', ');
  };
  return text;
}
