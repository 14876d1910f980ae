"""The client of gRPC's interop tests on grpcio."""

import argparse
import queue
import time

import grpc
from schema import schema, zeros

LARGE_REQUEST = 271828
LARGE_RESPONSE = 314159
REQUEST_SIZES = [27182, 8, 1828, 45904]
RESPONSE_SIZES = [31415, 9, 2653, 58979]
METADATA = (
    ("x-grpc-test-echo-initial", "test_initial_metadata_value"),
    ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab"),
)

parser = argparse.ArgumentParser()
for name, default in {
    "server_host": "localhost",
    "server_port": "8080",
    "test_case": "",
    "soak_iterations": "10",
}.items():
    parser.add_argument(f"--{name}", default=default)
flags = parser.parse_args()

# Channels of a process share connections otherwise.
OPTIONS = (("grpc.use_local_subchannel_pool", 1),)



def connect():
    return grpc.insecure_channel(f"{flags.server_host}:{flags.server_port}", options=OPTIONS)


channel = connect()


def method(kind, name, over=None, service="grpc.testing.TestService"):
    descriptor = schema.service.methods_by_name[name]
    return getattr(over or channel, kind)(
        f"/{service}/{name}",
        request_serializer=getattr(schema, descriptor.input_type.name).SerializeToString,
        response_deserializer=getattr(schema, descriptor.output_type.name).FromString,
    )


empty_call = method("unary_unary", "EmptyCall")
unary_call = method("unary_unary", "UnaryCall")
streaming_input_call = method("stream_unary", "StreamingInputCall")
streaming_output_call = method("unary_stream", "StreamingOutputCall")
full_duplex_call = method("stream_stream", "FullDuplexCall")
Streaming = schema.StreamingOutputCallRequest
Input = schema.StreamingInputCallRequest


def expect_zeros(payload, size):
    assert payload.body == bytes(size), f"{len(payload.body)} bytes instead of {size} zeros"


def expect_error(call, code, details=None):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, error
        assert details is None or error.details() == details, error
        return
    raise AssertionError(f"the call ended well, and {code} was expected")


def large_request(**more):
    return schema.SimpleRequest(response_size=LARGE_RESPONSE, payload=zeros(LARGE_REQUEST), **more)


def large_unary(call=unary_call, **more):
    expect_zeros(call(large_request(**more)).payload, LARGE_RESPONSE)


def streaming_request(size, index_payload=None):
    payload = {} if index_payload is None else {"payload": zeros(index_payload)}
    return Streaming(response_parameters=[{"size": size}], **payload)


def client_streaming():
    response = streaming_input_call(Input(payload=zeros(size)) for size in REQUEST_SIZES)
    assert response.aggregated_payload_size == 74922


def server_streaming():
    request = Streaming(response_parameters=[{"size": size} for size in RESPONSE_SIZES])
    responses = list(streaming_output_call(request))
    assert len(responses) == len(RESPONSE_SIZES)
    for response, size in zip(responses, RESPONSE_SIZES):
        expect_zeros(response.payload, size)


def ping_pong():
    requests = queue.SimpleQueue()
    call = full_duplex_call(iter(requests.get, None))
    for request_size, response_size in zip(REQUEST_SIZES, RESPONSE_SIZES):
        requests.put(streaming_request(response_size, request_size))
        expect_zeros(next(call).payload, response_size)
    requests.put(None)
    assert list(call) == []


def empty_stream():
    assert list(full_duplex_call(iter(()))) == []


def custom_metadata():
    _, call = unary_call.with_call(large_request(), metadata=METADATA)
    assert METADATA[0] in call.initial_metadata()
    assert METADATA[1] in call.trailing_metadata()
    stream = full_duplex_call(iter([streaming_request(LARGE_RESPONSE, LARGE_REQUEST)]), metadata=METADATA)
    responses = list(stream)
    assert len(responses) == 1
    expect_zeros(responses[0].payload, LARGE_RESPONSE)
    assert METADATA[0] in stream.initial_metadata()
    assert METADATA[1] in stream.trailing_metadata()


def status_code_and_message():
    message = "test status message"
    status = {"code": 2, "message": message}
    request = schema.SimpleRequest(response_status=status)
    expect_error(lambda: unary_call(request), grpc.StatusCode.UNKNOWN, message)
    requests = [Streaming(response_status=status)]
    expect_error(lambda: list(full_duplex_call(iter(requests))), grpc.StatusCode.UNKNOWN, message)


def special_status_message():
    message = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
    request = schema.SimpleRequest(response_status={"code": 2, "message": message})
    expect_error(lambda: unary_call(request), grpc.StatusCode.UNKNOWN, message)


def unimplemented(service):
    call = method("unary_unary", "UnimplementedCall", service=service)
    expect_error(lambda: call(schema.Empty()), grpc.StatusCode.UNIMPLEMENTED)


def cancel_after_begin():
    requests = queue.SimpleQueue()
    call = streaming_input_call.future(iter(requests.get, None))
    call.cancel()
    requests.put(None)
    assert call.code() == grpc.StatusCode.CANCELLED, call.code()


def cancel_after_first_response():
    requests = queue.SimpleQueue()
    call = full_duplex_call(iter(requests.get, None))
    requests.put(streaming_request(31415, 27182))
    expect_zeros(next(call).payload, 31415)
    call.cancel()
    requests.put(None)
    expect_error(lambda: next(call), grpc.StatusCode.CANCELLED)


def timeout_on_sleeping_server():
    requests = queue.SimpleQueue()
    requests.put(Streaming(payload=zeros(27182)))
    call = full_duplex_call(iter(requests.get, None), timeout=0.001)
    expect_error(lambda: next(call), grpc.StatusCode.DEADLINE_EXCEEDED)
    requests.put(None)


def client_compressed_unary():
    expected = {"value": True}
    probe = large_request(expect_compressed=expected)
    expect_error(lambda: unary_call(probe), grpc.StatusCode.INVALID_ARGUMENT)
    response = unary_call(large_request(expect_compressed=expected), compression=grpc.Compression.Gzip)
    expect_zeros(response.payload, LARGE_RESPONSE)
    large_unary(expect_compressed={"value": False})


def rpc_soak():
    for _ in range(int(flags.soak_iterations)):
        large_unary()


def channel_soak():
    for _ in range(int(flags.soak_iterations)):
        with connect() as over:
            large_unary(method("unary_unary", "UnaryCall", over))


def concurrently(calls):
    for call in [unary_call.future(large_request()) for _ in range(calls)]:
        expect_zeros(call.result().payload, LARGE_RESPONSE)


def goaway():
    large_unary()
    time.sleep(1)
    large_unary()


def reset():
    try:
        unary_call(large_request())
    except grpc.RpcError:
        return
    raise AssertionError("the call ended well, and the server had reset it")


def max_streams():
    large_unary()
    concurrently(10)


CASES = {
    "empty_unary": lambda: empty_call(schema.Empty()),
    "large_unary": large_unary,
    "client_streaming": client_streaming,
    "server_streaming": server_streaming,
    "ping_pong": ping_pong,
    "empty_stream": empty_stream,
    "custom_metadata": custom_metadata,
    "status_code_and_message": status_code_and_message,
    "special_status_message": special_status_message,
    "unimplemented_method": lambda: unimplemented("grpc.testing.TestService"),
    "unimplemented_service": lambda: unimplemented("grpc.testing.UnimplementedService"),
    "cancel_after_begin": cancel_after_begin,
    "cancel_after_first_response": cancel_after_first_response,
    "timeout_on_sleeping_server": timeout_on_sleeping_server,
    "client_compressed_unary": client_compressed_unary,
    "rpc_soak": rpc_soak,
    "channel_soak": channel_soak,
    "concurrent_large_unary": lambda: concurrently(1000),
    "goaway": goaway,
    "rst_after_header": reset,
    "rst_during_data": reset,
    "rst_after_data": reset,
    "ping": large_unary,
    "max_streams": max_streams,
    "data_frame_padding": large_unary,
    "no_df_padding_sanity_test": large_unary,
}
CASES[flags.test_case]()
