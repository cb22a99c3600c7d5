import type { IIoHost, IoMessage, IoRequest, StackActivity } from '@aws-cdk/toolkit-lib';

export interface StackProgress {
  readonly stack: string;
  readonly completed: number;
  /** Number of resources to deploy, if the toolkit knows it. */
  readonly total: number | undefined;
  readonly finished: boolean;
}

export type ReportProgress = (progress: StackProgress) => void;

/** Listens to the CDK toolkit: reports the progress of each stack, and collects why resources failed. */
export class DeployProgress implements IIoHost {
  readonly #report: ReportProgress;
  readonly #failures: string[] = [];

  constructor(report: ReportProgress) {
    this.#report = report;
  }

  async notify(message: IoMessage<unknown>): Promise<void> {
    // The code of a stack event in https://docs.aws.amazon.com/cdk/api/toolkit-lib/message-registry/
    if (message.code === 'CDK_TOOLKIT_I5502') this.#activity(message.data as StackActivity);
  }

  /** The toolkit asks for confirmation. Starting a deploy is the confirmation. */
  async requestResponse<T>(request: IoRequest<unknown, T>): Promise<T> {
    return request.defaultResponse;
  }

  /** @returns an error that names the failed resources and their reasons, or else the message of `cause` */
  explain(cause: unknown, what = 'The deploy failed.'): Error {
    const message = cause instanceof Error ? cause.message : String(cause);
    const reasons = this.#failures.length > 0 ? this.#failures : [message];
    return new Error([what, ...reasons].join('\n  '), { cause });
  }

  #activity({ event, metadata, progress }: StackActivity): void {
    const {
      StackName: stack = '',
      ResourceStatus: status = '',
      ResourceType: type,
      ResourceStatusReason: reason,
    } = event;
    const ofStack = type === 'AWS::CloudFormation::Stack';
    const finished = ofStack && /^(CREATE|UPDATE|DELETE)_COMPLETE$/.test(status);
    this.#report({ stack, completed: progress.completed, total: progress.total, finished });
    // A failure without a reason, or a cancelled resource, follows from another failure.
    if (ofStack || !status.endsWith('_FAILED') || !reason || reason.includes('cancelled')) return;
    this.#failures.push(
      `${stack}: ${metadata?.constructPath ?? event.LogicalResourceId} (${type}): ${reason}`,
    );
  }
}
