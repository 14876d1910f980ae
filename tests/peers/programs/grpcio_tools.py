"""Python's clients of reflection and health, from grpcio-reflection and grpcio-health-checking: prints what they see, as JSON."""

import json
import sys

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)


def message_class(descriptor):
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    # Before protobuf 4.22.
    return message_factory.MessageFactory().GetPrototype(descriptor)


def main(target, service_name, method_name, request):
    channel = grpc.insecure_channel(target)
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = descriptor_pool.DescriptorPool(database)
    service = pool.FindServiceByName(service_name)
    method = service.FindMethodByName(method_name)
    answer = message_class(method.output_type)
    call = channel.unary_unary(
        f"/{service_name}/{method_name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=answer.FromString,
    )
    response = call(json_format.ParseDict(json.loads(request), message_class(method.input_type)()))
    health = health_pb2_grpc.HealthStub(channel)
    seen = {
        "services": sorted(database.get_services()),
        "methods": {
            method.name: [method.input_type.full_name, method.output_type.full_name]
            for method in service.methods
        },
        "files": sorted({service.file.name} | {file.name for file in service.file.dependencies}),
        "response": json_format.MessageToDict(response),
        "health": health_pb2.HealthCheckResponse.ServingStatus.Name(
            health.Check(health_pb2.HealthCheckRequest(service=service_name)).status
        ),
        "watched": health_pb2.HealthCheckResponse.ServingStatus.Name(
            next(health.Watch(health_pb2.HealthCheckRequest(service="acme.v1.Zoo"))).status
        ),
    }
    print(json.dumps(seen))


main(*sys.argv[1:])
