/** Stands for a part of an ARN that is unknown before the deploy and contains neither `:` nor `/`. */
export const unknownSegment = '\u0000';

/**
 * Whether some text matches both patterns. `*` is any text and `?` any character, as in IAM's policies.
 * With unknown parts in both, only a "no" is certain, so the guard relies on that.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function overlap(left: string, right: string): boolean {
  const failed = new Set<number>();
  const from = (l: number, r: number): boolean => {
    if (l === left.length && r === right.length) return true;
    const position = l * (right.length + 1) + r;
    if (failed.has(position)) return false;
    const found =
      (isRun(left[l]) && (from(l + 1, r) || (fits(left[l], right[r]) && from(l, r + 1)))) ||
      (isRun(right[r]) && (from(l, r + 1) || (fits(right[r], left[l]) && from(l + 1, r)))) ||
      (meet(left[l], right[r]) && from(l + 1, r + 1));
    if (!found) failed.add(position);
    return found;
  };
  return from(0, 0);
}

const isRun = (character: string | undefined): boolean => character === '*' || character === unknownSegment;

const fits = (run: string | undefined, character: string | undefined): boolean =>
  character !== undefined && !isRun(character) && (run === '*' || (character !== ':' && character !== '/'));

const meet = (left: string | undefined, right: string | undefined): boolean =>
  left !== undefined &&
  right !== undefined &&
  !isRun(left) &&
  !isRun(right) &&
  (left === right || left === '?' || right === '?');
