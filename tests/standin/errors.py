"""Refusals of a call, as HTTP has them."""

# What the API calls the statuses in words.
CODES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_CONFLICT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL_ERROR",
    502: "BAD_GATEWAY",
    503: "TEMPORARILY_UNAVAILABLE",
}


class Refused(Exception):
    """`code` is a word or a number; `headers` go out with the reply."""

    def __init__(self, status, message, code=None, headers=None):
        super().__init__(message)
        self.status, self.message = status, message
        self.code = code if code is not None else CODES.get(status, "INTERNAL_ERROR")
        self.headers = headers or {}

    def body(self, numeric=False):
        if numeric or isinstance(self.code, int):
            return {"error_code": self.status, "message": self.message}
        details = [{"@type": "type.googleapis.com/google.rpc.RequestInfo", "request_id": "stand-in", "serving_data": ""}]
        return {"error_code": self.code, "message": self.message, "details": details}
