import { RemovalPolicy } from 'aws-cdk-lib';
import type { AppConfig } from './app-config.ts';

const policies = { true: RemovalPolicy.RETAIN, false: RemovalPolicy.DESTROY } as const;

/** The fate of a resource that holds data when its stack is deleted. */
export const removalPolicy = ({ keepData }: AppConfig): RemovalPolicy => policies[`${keepData}`];
