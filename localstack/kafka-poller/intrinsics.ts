import type { Json } from './mappings.ts';

export type StackValues = {
  region: string;
  accountId: string;
  stackName: string;
  /** Values of type CommaDelimitedList are lists. */
  parameters: Map<string, string | string[]>;
  physicalIds: Map<string, string>;
  exported: Map<string, string>;
  /** The outputs of every stack, by its name. */
  outputs: Map<string, Map<string, string>>;
};

/**
 * Resolves the intrinsic functions in the properties of a resource. Throws when a function cannot be
 * resolved.
 */
export function resolveIntrinsics(properties: Json, values: StackValues): Json {
  const resolved = resolve(properties, values);
  return typeof resolved === 'object' && resolved !== null ? { ...resolved } : {};
}

function resolve(value: unknown, values: StackValues): unknown {
  if (Array.isArray(value)) {
    return value.map((one) => resolve(one, values)).filter((one) => one !== undefined);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, operand] = entries[0] ?? [''];
  if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) {
    return resolveFunction(name, operand, values);
  }
  return Object.fromEntries(
    entries.map(([key, one]) => [key, resolve(one, values)]).filter(([, one]) => one !== undefined),
  );
}

function resolveFunction(name: string, operand: unknown, values: StackValues): unknown {
  switch (name) {
    case 'Ref':
      return operand === 'AWS::NoValue' ? undefined : reference(String(operand), values);
    case 'Fn::GetAtt': {
      // The Lambda API accepts a function's name in place of its ARN. The physical id of a cluster is its
      // ARN.
      const [id = '', attribute = ''] = Array.isArray(operand) ? operand : String(operand).split('.');
      if (attribute !== 'Arn') throw new Error(`Fn::GetAtt ${id}.${attribute} cannot be looked up`);
      return reference(id, values);
    }
    case 'Fn::ImportValue': {
      const key = String(resolve(operand, values));
      return values.exported.get(key) ?? fail(`no stack exports ${key}`);
    }
    case 'Fn::GetStackOutput': {
      const { StackName, OutputName } = Object(operand);
      const stack = String(resolve(StackName, values));
      return values.outputs.get(stack)?.get(OutputName) ?? fail(`stack ${stack} has no output ${OutputName}`);
    }
    case 'Fn::Join': {
      const [separator, parts] = Array.isArray(operand) ? operand : [];
      const texts = resolve(parts, values);
      return Array.isArray(texts) ? texts.join(String(separator)) : fail('Fn::Join needs a list');
    }
    case 'Fn::Split': {
      const [separator, text] = Array.isArray(operand) ? operand : [];
      return String(resolve(text, values)).split(String(separator));
    }
    case 'Fn::Select': {
      const [index, from] = Array.isArray(operand) ? operand : [];
      const list = resolve(from, values);
      return Array.isArray(list) ? list[Number(resolve(index, values))] : fail('Fn::Select needs a list');
    }
    case 'Fn::Sub': {
      const [text, own = {}] = Array.isArray(operand) ? operand : [operand];
      return String(text).replace(/\$\{([^!}]+)\}/g, (_, id: string) =>
        Object.hasOwn(own, id)
          ? String(resolve(own[id], values))
          : String(reference(id.replace(/\.Arn$/, ''), values)),
      );
    }
    default:
      throw new Error(`${name} is not supported in event source mappings`);
  }
}

function reference(id: string, values: StackValues): string | string[] {
  const { region, accountId, stackName, parameters, physicalIds } = values;
  const pseudo: { [name: string]: string } = {
    'AWS::Region': region,
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return (
    pseudo[id] ?? parameters.get(id) ?? physicalIds.get(id) ?? fail(`nothing in the stack is called ${id}`)
  );
}

function fail(message: string): never {
  throw new Error(message);
}
