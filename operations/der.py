"""DER, as much of it as reading a certificate request takes (ITU-T X.690): values by tag, strictly, nothing guessed.

What is read here decides who is let into the cluster, so whatever another reader might take differently is refused:
long tags, indefinite or overlong lengths, anything after the end.
"""

from __future__ import annotations

from dataclasses import dataclass

BOOLEAN, INTEGER, OCTETS, OID = 0x01, 0x02, 0x04, 0x06
SEQUENCE, SET = 0x30, 0x31
_TEXTS = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii"}  # UTF8String, PrintableString, IA5String
_LONG = 0x80
_LONG_TAG = 0x1F


class UnreadableError(Exception):
    """This is not DER, or not of the shape that was expected; the message says what is wrong."""


@dataclass(frozen=True)
class Value:
    """A value: its identifier octet (class, constructed or not, number) and its contents."""

    tag: int
    content: bytes

    def parts(self, tag: int) -> list[Value]:
        """What is in it, if it is of this constructed type."""
        if self.tag != tag:
            raise UnreadableError(f"type {self.tag:#04x} where {tag:#04x} is due")
        return several(self.content)

    def primitive(self, tag: int) -> bytes:
        """Its contents, if it is of this type."""
        if self.tag != tag:
            raise UnreadableError(f"type {self.tag:#04x} where {tag:#04x} is due")
        return self.content

    def text(self) -> str:
        """A string of one of the types that Go's and OpenSSL's writers use."""
        encoding = _TEXTS.get(self.tag)
        if encoding is None:
            raise UnreadableError(f"type {self.tag:#04x} where a text is due")
        return decoded(self.content, encoding)


def decoded(content: bytes, encoding: str) -> str:
    """The text of these octets."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableError("a text with octets that are none") from None


def one(data: bytes) -> Value:
    """The only value in ``data``."""
    found = several(data)
    if len(found) != 1:
        raise UnreadableError(f"{len(found)} values where one is due")
    return found[0]


def several(data: bytes) -> list[Value]:
    """The values that ``data`` consists of."""
    found, start = [], 0
    while start < len(data):
        value, start = _value(data, start)
        found.append(value)
    return found


def _value(data: bytes, start: int) -> tuple[Value, int]:
    """The value that begins at ``start``, and where the next one does."""
    tag = data[start]
    if tag & _LONG_TAG == _LONG_TAG:
        raise UnreadableError("a tag of more than one octet")
    length, begin = _length(data, start + 1)
    end = begin + length
    if end > len(data):
        raise UnreadableError("a value that goes on after the end")
    return Value(tag, data[begin:end]), end


def _length(data: bytes, start: int) -> tuple[int, int]:
    """The length that is written at ``start``, and where the contents begin."""
    if start >= len(data):
        raise UnreadableError("a tag without a length")
    first = data[start]
    if first < _LONG:
        return first, start + 1
    begin = start + 1 + (first - _LONG)
    octets = data[start + 1 : begin]
    if not octets or len(octets) != first - _LONG:
        raise UnreadableError("a length that is indefinite, or cut off")
    length = int.from_bytes(octets, "big")
    if length < _LONG or octets[0] == 0:
        raise UnreadableError("a length that is longer than it must be")
    return length, begin
