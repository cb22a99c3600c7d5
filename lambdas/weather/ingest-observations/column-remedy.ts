import { show } from '../../shared/failures/fields.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { type FieldName, guessColumn, recogniseColumn, unitOfName } from './header.ts';

/** Says which columns to rename and which to add, as far as names can be guessed. */
export function remedyFor(names: readonly string[]): string {
  const taken = new Set<string>();
  const renamed: string[] = [];
  const lacking: string[] = [];
  for (const field of observationFields) {
    const name = names.find((each) => !taken.has(each) && guessColumn(each, field) !== undefined);
    if (name === undefined) lacking.push(field);
    else taken.add(name);
    if (name !== undefined && recogniseColumn(name)?.field !== field)
      renamed.push(`${show(name)} to ${titleOf(name, field)}`);
  }
  const steps = [
    renamed.length > 0 && `rename ${renamed.join(', ')}`,
    lacking.length > 0 && `add ${lacking.join(', ')}`,
    'drop the file again',
  ].filter((step) => step !== false);
  const text = steps.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The name that a column needs, with the unit that it has: `Temperature (°F)`. */
function titleOf(name: string, field: FieldName): string {
  const unit = unitOfName(name, field);
  return unit !== undefined ? `${field.slice(0, field.lastIndexOf('_')).replace('_', ' ')} (${unit})` : field;
}
