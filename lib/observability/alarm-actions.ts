import type { IAspect } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';

/** Sends each alarm of the app to a topic when it goes on, and again when it is over. */
export class AlarmActions implements IAspect {
  readonly #topicArn: string;

  constructor(topicArn: string) {
    this.#topicArn = topicArn;
  }

  visit(node: IConstruct): void {
    if (!(node instanceof CfnAlarm)) return;
    node.alarmActions = [this.#topicArn];
    node.okActions = [this.#topicArn];
  }
}
