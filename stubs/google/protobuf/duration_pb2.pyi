# google.protobuf.Duration; the library ships no types.
from google.protobuf.message import Message

class Duration(Message):
    seconds: int
    def __init__(self, *, seconds: int = ...) -> None: ...
