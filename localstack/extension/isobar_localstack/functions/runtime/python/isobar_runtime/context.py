"""The second argument of a handler.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

import os
import time
from types import SimpleNamespace


class LambdaContext:
    def __init__(self, header: dict):
        self.aws_request_id = header["requestId"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn = header["functionArn"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = None
        self._epoch_deadline_time_in_ms = header["deadlineMs"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int(self._epoch_deadline_time_in_ms - time.time() * 1000))

    def __repr__(self) -> str:
        shown = ",".join(f"{name}={value}" for name, value in vars(self).items() if name[0] != "_")
        return f"LambdaContext([{shown}])"
