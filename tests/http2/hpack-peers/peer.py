"""A peer of the HPACK fuzzing: Python's hpack behind the messages of wire.mjs."""

import struct
import sys

from hpack import Decoder, Encoder
from hpack.struct import NeverIndexedHeaderTuple

HEAD = struct.Struct("<IB")
SIZE = struct.Struct("<I")
FIELD = struct.Struct("<BI")
UNLIMITED = 1 << 31


def read_list(payload):
    fields = []
    at = 1
    while at < len(payload):
        sensitive, length = FIELD.unpack_from(payload, at)
        at += FIELD.size
        name = payload[at : at + length]
        at += length
        (length,) = SIZE.unpack_from(payload, at)
        at += SIZE.size
        fields.append((name, payload[at : at + length], sensitive == 1))
        at += length
    return fields


def write_list(fields):
    parts = []
    for field in fields:
        name, value = field
        sensitive = 1 if isinstance(field, NeverIndexedHeaderTuple) else 0
        parts += (FIELD.pack(sensitive, len(name)), name, SIZE.pack(len(value)), value)
    return b"".join(parts)


def answers(messages):
    encoder = decoder = None
    for kind, payload in messages:
        if kind == b"R":  # A new connection. What it announces may be any size, the table begins with 4096 bytes.
            encoder = Encoder()
            decoder = Decoder(UNLIMITED)
            (decoder.max_allowed_table_size,) = SIZE.unpack(payload)
        elif kind == b"A":  # The decoder announces a size.
            (decoder.max_allowed_table_size,) = SIZE.unpack(payload)
        elif kind == b"T":  # The other side announces a size.
            (encoder.header_table_size,) = SIZE.unpack(payload)
        elif kind == b"E":
            yield b"B", encoder.encode(read_list(payload), huffman=payload[0] == 1)
        elif kind == b"D":
            try:
                yield b"L", write_list(decoder.decode(payload, raw=True))
            except Exception as error:  # Whatever it throws is a refusal.
                yield b"X", repr(error).encode()


def messages(chunks):
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        at = 0
        while len(data) - at >= HEAD.size:
            length, kind = HEAD.unpack_from(data, at)
            end = at + HEAD.size + length
            if end > len(data):
                break
            yield bytes((kind,)), data[at + HEAD.size : end]
            at = end
        rest = data[at:]


def chunks():
    while chunk := sys.stdin.buffer.read1(1 << 18):
        yield chunk
        sys.stdout.buffer.flush()


for kind, payload in answers(messages(chunks())):
    sys.stdout.buffer.write(HEAD.pack(len(payload), kind[0]))
    sys.stdout.buffer.write(payload)
sys.stdout.buffer.flush()
