import type { WriteStream } from 'node:fs';

export function fitSteps(running: readonly string[], columns: number): string;
export function openLog(file: string): WriteStream;
export function howToGoOn(freeMb: number): string;
