import { RemovalPolicy } from 'aws-cdk-lib';
import type { AppConfig } from './app-config.ts';

// Kept when its stack is deleted, but not when its creation is rolled back: the next one would find its name
// taken.
const policies = { true: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, false: RemovalPolicy.DESTROY } as const;

/** The fate of a resource that holds data when its stack is deleted. */
export const removalPolicy = ({ keepData }: AppConfig): RemovalPolicy => policies[`${keepData}`];
