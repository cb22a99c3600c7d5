"""Errors of Glue's API."""

from localstack.aws.api import CommonServiceException


class EntityNotFound(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("EntityNotFoundException", message, status_code=400)


class AlreadyExists(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("AlreadyExistsException", message, status_code=400)


class InvalidInput(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("InvalidInputException", message, status_code=400)


class ConcurrentRunsExceeded(CommonServiceException):
    def __init__(self, job: str):
        super().__init__(
            "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job}", status_code=400
        )
