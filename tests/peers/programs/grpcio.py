"""A peer on gRPC's C core: see src/peer-program.ts for what it reads and writes."""

import base64
import json
import queue
import sys
import threading
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

try:
    from grpc_reflection.v1alpha import reflection
except ModuleNotFoundError:
    # Only gateways ask for it.
    reflection = None

CODES = [
    "ok",
    "canceled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
]
STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}
SERVICE = "ping.v1.PingService"
DETAIL_URL = "type.googleapis.com/ping.v1.FailDetail"

print_lock = threading.Lock()


def print_line(line):
    with print_lock:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def unpadded(data):
    return base64.b64encode(data).decode().rstrip("=")


def from_base64(text):
    return base64.b64decode(text + "=" * (-len(text) % 4))


def plain(metadata):
    return {
        key: unpadded(value) if key.endswith("-bin") else value for key, value in metadata or ()
    }


def status_file():
    """What google.rpc.Status looks like on the wire."""
    file = descriptor_pb2.FileDescriptorProto(name="status.proto", package="peers", syntax="proto3")
    file.dependency.append("google/protobuf/any.proto")
    message = file.message_type.add(name="Status")
    field = descriptor_pb2.FieldDescriptorProto
    message.field.add(name="code", number=1, type=field.TYPE_INT32, label=field.LABEL_OPTIONAL)
    message.field.add(name="message", number=2, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    message.field.add(
        name="details",
        number=3,
        type=field.TYPE_MESSAGE,
        label=field.LABEL_REPEATED,
        type_name=".google.protobuf.Any",
    )
    return file


class Schema:
    def __init__(self, data):
        files = descriptor_pb2.FileDescriptorSet.FromString(data)
        files.file.append(status_file())
        self.pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self.pool.Add(file)
        self.service = self.pool.FindServiceByName(SERVICE)

    def message(self, name):
        descriptor = self.pool.FindMessageTypeByName(name)
        if hasattr(message_factory, "GetMessageClass"):
            return message_factory.GetMessageClass(descriptor)
        # Before protobuf 4.22.
        return message_factory.MessageFactory(self.pool).GetPrototype(descriptor)

    def method(self, name):
        method = self.service.methods_by_name[name]
        return self.message(method.input_type.full_name), self.message(method.output_type.full_name)

    def to_json(self, message):
        return json_format.MessageToDict(message, descriptor_pool=self.pool)

    def from_json(self, data, kind):
        return json_format.ParseDict(data, kind(), descriptor_pool=self.pool)


class Failure(grpc.Status):
    def __init__(self, code, details, trailing_metadata):
        self.code = STATUS_CODES[code]
        self.details = details
        self.trailing_metadata = trailing_metadata


class Handlers:
    def __init__(self, schema, server_id):
        self.schema = schema
        self.server_id = server_id

    def begin(self, method, context):
        """Echoes metadata. Returns what the handler waits on and sets: the end of the call."""
        request = dict(context.invocation_metadata())
        headers = []
        if "x-echo" in request:
            headers.append(("x-echo", request["x-echo"]))
        left = context.time_remaining()
        if left is not None and left < 1e9:
            headers.append(("x-timeout-ms", str(int(left * 1000))))
        context.send_initial_metadata(headers)
        if "x-echo-bin" in request:
            context.set_trailing_metadata([("x-echo-bin", request["x-echo-bin"])])
        call = Ending()
        self.tell("started", method)

        def over():
            if not call.finished:
                self.tell("aborted", method)
            call.event.set()

        context.add_callback(over)
        return call

    def tell(self, event, method):
        print_line({"server": self.server_id, "event": event, "method": method})

    def ping(self, request, context):
        with self.begin("Ping", context) as call:
            call.event.wait(request.delay_ms / 1000)
            response = self.schema.message("ping.v1.PingResponse")()
            response.MergeFromString(
                self.schema.message("ping.v1.PingRequest")(
                    number=request.number, text=request.text, data=request.data
                ).SerializeToString()
            )
            call.finished = context.is_active()
            return response

    def fail(self, request, context):
        with self.begin("Fail", context) as call:
            trailers = [("x-reason", "asked-for")]
            if request.detail:
                detail = self.schema.message("ping.v1.FailDetail")(reason=request.detail)
                status = self.schema.message("peers.Status")(code=request.code, message=request.message)
                status.details.add(type_url=DETAIL_URL, value=detail.SerializeToString())
                trailers.append(("grpc-status-details-bin", status.SerializeToString()))
            call.finished = True
            context.abort_with_status(Failure(request.code, request.message, tuple(trailers)))

    def sum(self, requests, context):
        with self.begin("Sum", context) as call:
            total = sum(request.number for request in requests)
            call.finished = True
            return self.schema.message("ping.v1.SumResponse")(sum=total)

    def count_up(self, request, context):
        with self.begin("CountUp", context) as call:
            kind = self.schema.message("ping.v1.CountUpResponse")
            for number in range(1, request.number + 1):
                yield kind(number=number, padding=request.padding)
            call.finished = True
            if request.fail_code:
                context.abort(STATUS_CODES[request.fail_code], "counted far enough")

    def cum_sum(self, requests, context):
        with self.begin("CumSum", context) as call:
            kind = self.schema.message("ping.v1.CumSumResponse")
            total = 0
            for request in requests:
                total += request.number
                yield kind(sum=total)
            # The requests of a canceled call may seem to end before the cancellation is told.
            call.event.wait(0.05)
            call.finished = True


class Ending:
    def __init__(self):
        self.finished = False
        self.event = threading.Event()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def serve(schema, server_id, compress):
    handlers = Handlers(schema, server_id)
    server = grpc.server(
        futures.ThreadPoolExecutor(32),
        compression=grpc.Compression.Gzip if compress else grpc.Compression.NoCompression,
        options=[("grpc.so_reuseport", 0)],
    )
    kinds = {
        "Ping": (grpc.unary_unary_rpc_method_handler, handlers.ping),
        "Fail": (grpc.unary_unary_rpc_method_handler, handlers.fail),
        "Sum": (grpc.stream_unary_rpc_method_handler, handlers.sum),
        "CountUp": (grpc.unary_stream_rpc_method_handler, handlers.count_up),
        "CumSum": (grpc.stream_stream_rpc_method_handler, handlers.cum_sum),
    }
    methods = {}
    for name, (kind, behaviour) in kinds.items():
        request, _ = schema.method(name)
        methods[name] = kind(
            behaviour,
            request_deserializer=request.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    if reflection is not None:
        reflection.enable_server_reflection([SERVICE], server, pool=schema.pool)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


class Caller:
    """One call on a channel."""

    def __init__(self, schema, channel, call):
        self.schema = schema
        self.call = call
        self.method = call["method"]
        self.request, self.response = schema.method(self.method)
        self.channel = channel
        self.running = None
        self.canceled = False
        self.answered = queue.Queue()

    def cancel(self):
        self.canceled = True
        if self.running is not None:
            self.running.cancel()

    def requests(self, over):
        for request in self.call["requests"]:
            yield self.schema.from_json(request, self.request)
            if self.call.get("interleave"):
                self.answered.get(timeout=10)
        if self.call.get("leaveOpen"):
            over.wait(10)

    def run(self, on_message):
        kind = {
            "Ping": self.channel.unary_unary,
            "Fail": self.channel.unary_unary,
            "Sum": self.channel.stream_unary,
            "CountUp": self.channel.unary_stream,
            "CumSum": self.channel.stream_stream,
        }[self.method]
        stub = kind(
            f"/{SERVICE}/{self.method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.response.FromString,
        )
        over = threading.Event()
        streams = self.method in ("Sum", "CumSum")
        data = self.requests(over) if streams else next(self.requests(over))
        options = {"metadata": self.metadata()}
        if "timeoutMs" in self.call:
            options["timeout"] = self.call["timeoutMs"] / 1000
        responds_once = self.method in ("Ping", "Fail", "Sum")
        self.running = stub.future(data, **options) if responds_once else stub(data, **options)
        if self.canceled:
            self.running.cancel()
        messages = []
        error = None
        try:
            for message in [self.running.result()] if responds_once else self.running:
                messages.append(self.schema.to_json(message))
                on_message()
                self.answered.put(True)
        except grpc.FutureCancelledError:
            error = {"code": "canceled", "message": "", "reasons": []}
        except grpc.RpcError as failure:
            error = self.error(failure)
        finally:
            over.set()
        outcome = {
            "messages": messages,
            "headers": plain(self.running.initial_metadata()),
            "trailers": plain(self.running.trailing_metadata()),
        }
        if error is not None:
            outcome["error"] = error
        return outcome

    def metadata(self):
        return [
            (name, from_base64(value) if name.endswith("-bin") else value)
            for name, value in self.call.get("headers", {}).items()
        ]

    def error(self, failure):
        code = failure.code().value[0]
        reasons = []
        for key, value in failure.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                status = self.schema.message("peers.Status").FromString(value)
                assert (status.code, status.message) == (code, failure.details())
                for detail in status.details:
                    if detail.type_url == DETAIL_URL:
                        found = self.schema.message("ping.v1.FailDetail").FromString(detail.value)
                        reasons.append(found.reason)
        return {"code": CODES[code], "message": failure.details(), "reasons": reasons}


def main():
    servers = {}
    channels = {}
    calls = {}
    schema = None

    def work(job):
        job_id = job["id"]
        try:
            if "serve" in job:
                servers[job_id], port = serve(schema, job_id, job["serve"]["compress"])
                result = {"port": port}
            elif "stop" in job:
                servers[job["stop"]].stop(None)
                result = {}
            else:
                result = calls[job_id].run(lambda: print_line({"id": job_id, "message": True}))
            print_line({"id": job_id, "result": result})
        except Exception as error:  # whatever it is, the test has to hear of it
            print_line({"id": job_id, "failed": repr(error)})

    for line in sys.stdin:
        job = json.loads(line)
        if "schema" in job:
            schema = Schema(base64.b64decode(job["schema"]))
            continue
        if "cancel" in job:
            calls[job["cancel"]].cancel()
            continue
        if "call" in job:
            call = job["call"]
            key = (call["url"], call["compress"])
            if key not in channels:
                target = call["url"].split("//")[1]
                compression = grpc.Compression.Gzip if call["compress"] else None
                channels[key] = grpc.insecure_channel(target, compression=compression)
            calls[job["id"]] = Caller(schema, channels[key], call)
        threading.Thread(target=work, args=(job,), daemon=True).start()
    for server in servers.values():
        server.stop(None)


main()
