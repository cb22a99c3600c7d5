/** AWS's month. */
export const hoursPerMonth = 730;
export const secondsPerMonth = hoursPerMonth * 3_600;
export const daysPerMonth = hoursPerMonth / 24;

/** AWS bills a GB of 1024³ bytes. */
export const gbOf = (bytes: number): number => bytes / 1024 ** 3;

/** Bytes in a GB-month and in a GB of transfer are the same; this is the flow of a month. */
export const gbPerMonth = (bytesPerSecond: number): number => gbOf(bytesPerSecond * secondsPerMonth);
