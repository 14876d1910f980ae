"""The server of gRPC's interop tests on grpcio."""

import argparse
import time
from concurrent import futures

import grpc
from schema import schema, zeros

STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}
INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"


def echo(context):
    for key, value in context.invocation_metadata():
        if key == INITIAL:
            context.send_initial_metadata(((key, value),))
        elif key == TRAILING:
            context.set_trailing_metadata(((key, value),))


def check_status(request, context):
    if request.response_status.code != 0:
        context.abort(STATUS_CODES[request.response_status.code], request.response_status.message)


def responses(request, context):
    check_status(request, context)
    for parameters in request.response_parameters:
        if parameters.interval_us > 0:
            time.sleep(parameters.interval_us / 1_000_000)
        if parameters.HasField("compressed") and not parameters.compressed.value:
            context.disable_next_message_compression()
        yield schema.StreamingOutputCallResponse(payload=zeros(parameters.size))


def empty_call(_request, _context):
    return schema.Empty()


def unary_call(request, context):
    if request.response_compressed.value:
        context.set_compression(grpc.Compression.Gzip)
    echo(context)
    check_status(request, context)
    return schema.SimpleResponse(payload=zeros(request.response_size))


def streaming_input_call(requests, _context):
    size = sum(len(request.payload.body) for request in requests)
    return schema.StreamingInputCallResponse(aggregated_payload_size=size)


def streaming_output_call(request, context):
    if any(parameters.compressed.value for parameters in request.response_parameters):
        context.set_compression(grpc.Compression.Gzip)
    echo(context)
    yield from responses(request, context)


def full_duplex_call(requests, context):
    echo(context)
    for request in requests:
        yield from responses(request, context)


def handler(make, name, function):
    method = schema.service.methods_by_name[name]
    return name, make(
        function,
        request_deserializer=getattr(schema, method.input_type.name).FromString,
        response_serializer=getattr(schema, method.output_type.name).SerializeToString,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    port = parser.parse_args().port
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32))
    handlers = dict(
        [
            handler(grpc.unary_unary_rpc_method_handler, "EmptyCall", empty_call),
            handler(grpc.unary_unary_rpc_method_handler, "UnaryCall", unary_call),
            handler(grpc.stream_unary_rpc_method_handler, "StreamingInputCall", streaming_input_call),
            handler(grpc.unary_stream_rpc_method_handler, "StreamingOutputCall", streaming_output_call),
            handler(grpc.stream_stream_rpc_method_handler, "FullDuplexCall", full_duplex_call),
        ]
    )
    service = grpc.method_handlers_generic_handler(schema.service.full_name, handlers)
    server.add_generic_rpc_handlers((service,))
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    print(f"listening on port {bound}", flush=True)
    server.wait_for_termination()


main()
