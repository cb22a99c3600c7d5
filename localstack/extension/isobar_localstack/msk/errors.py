"""Errors of MSK's API."""

from localstack.aws.api import CommonServiceException


class BadRequest(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("BadRequestException", message, status_code=400)


class NotFound(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("NotFoundException", message, status_code=404)


class Conflict(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("ConflictException", message, status_code=409)
