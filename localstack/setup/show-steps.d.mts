export function fitSteps(running: readonly string[], columns: number): string;
