export function unreachableRegistries(
  steps: readonly { readonly registry?: 'npm' | 'pip' }[],
  programs: { readonly python: string },
  withinMs?: number,
): Promise<string | undefined>;
