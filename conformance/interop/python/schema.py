"""The messages of the interop tests, from the descriptors that `buf build` wrote: this needs no generated code."""

import os

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SCHEMA = os.path.join(os.path.dirname(__file__), "..", ".cache", "schema.binpb")


class Schema:
    """Has each message class of grpc.testing as an attribute."""

    def __init__(self):
        pool = descriptor_pool.DescriptorPool()
        with open(SCHEMA, "rb") as file:
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read()).file
        for file in files:
            pool.Add(file)
        self.service = pool.FindServiceByName("grpc.testing.TestService")
        names = [f"{file.package}.{message.name}" for file in files for message in file.message_type]
        for name in names:
            descriptor = pool.FindMessageTypeByName(name)
            # Which of the two there is depends on the version of the package.
            if hasattr(message_factory, "GetMessageClass"):
                message_class = message_factory.GetMessageClass(descriptor)
            else:
                message_class = message_factory.MessageFactory(pool).GetPrototype(descriptor)
            setattr(self, descriptor.name, message_class)


schema = Schema()


def zeros(size):
    return schema.Payload(body=bytes(size))
