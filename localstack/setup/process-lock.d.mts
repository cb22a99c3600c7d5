export interface Holder {
  readonly pid: number;
  readonly startTime: string;
  readonly sinceMs: number;
}
export function startTimeOf(pid: number): string | undefined;
export function holderOf(file: string): Holder | undefined;
export function takeLock(file: string): { holder?: Holder; release?: () => void };
