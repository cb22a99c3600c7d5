"""Errors of Athena's API."""

from localstack.aws.api import CommonServiceException


class InvalidRequest(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("InvalidRequestException", message, status_code=400)


class ResourceNotFound(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("ResourceNotFoundException", message, status_code=400)
