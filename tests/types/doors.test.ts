import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

const etc = new URL("../../packages/runtime/etc/", import.meta.url);

/** The names of each door, for its readers: a change here is a change of the public API. */
const doors: { readonly [door: string]: { readonly values: string; readonly types: string } } = {
  ".": {
    values: `
      Code ConnectError HeaderMap binary codeFromNumber codeNumber connect connectHandlerProtocol
      createContextKey createContextValues getOption grpc grpcHandlerProtocol grpcWeb grpcWebHandlerProtocol
      isCode isNotModified json jsonReflection notModifiedError snappy unaryInterceptor
    `,
    types: `
      AnyIterable Awaitable BidiStream Call CallOptions CallStats ClientOptions ClientStream Codec Compression
      ConnectErrorOptions ConnectGetOptions ConnectHandlerOptions ConnectOptions ContextHandlerOptions
      ContextKey ContextValues DetailType ErrorDetail HandlerContext HandlerOptions HeaderMapInit Idempotency
      Interceptor JsonOptions JsonReflection Kind MessageCodec MessageHook MessageInfo OtherOptions ParentCall Peer
      PeerCertificate PeerTls PlainClientOptions ProtocolName SendOptions Sender ServerStream ServiceHandler Spec SpecOptions
      StreamCall Transport TransportOptions UnaryCall UnaryResponse
    `,
  },
  "./codegen": {
    values: `
      Reader Writer anyFromJson anyToJson bidiStreamingMethod bindPlainTransport bindTransport boolField boolJson
      boolKey boolKeyFromJson bytesField bytesInit bytesJson checkType choice clientStreamingMethod converted
      convertersOfTypes createServiceHandler doubleField doubleJson durationFromJson durationToJson fieldMaskFromJson
      fieldMaskToJson fixed32Field fixed64Field floatField floatJson generatedCodec has inParts inherit initBytes int32Field
      int32FromJson int32Json int64DigitsJson int64Field int64Json int64KeyFromJson intKey isPositiveZero isZero
      jsonCodec jsonEnum jsonExtensions jsonForm jsonNull jsonOfStruct keepUnknownEnum list listInit listJson
      listValueFromJson listValueToJson long mapInit mapJson memberName messageField messageJson missingField noBytes
      notANumber plainBidiStreamingMethod plainClientStreamingMethod plainServerStreamingMethod plainUnaryMethod
      readBool readBytes readCase readDouble readEntry readFixed32 readFixed64 readFloat readGroup readInt32
      readInt64 readItem readMessage readMessageEntry readPacked readSfixed32 readSfixed64 readSint32 readSint64
      readString readUint32 readUint64 readUnverifiedString readValue readWrapped serverStreamingMethod sfixed32Field
      sfixed64Field sint32Field sint64Field stringField stringJson stringKeyFromJson structFieldJson structFromJson
      structOfJson structToJson structsOfJson timestampFromJson timestampToJson uint32Field uint32FromJson uint32Json
      uint64DigitsJson uint64Field uint64Json uint64KeyFromJson unaryMethod unimplemented valueFromJson valueToJson
      withJson wrappedJson wrapperJson writeBool writeBytes writeDouble writeFixed32 writeFixed64 writeFloat
      writeGroup writeInt32 writeInt64 writeList writeMap writeMessage writeMessageMap writeMessages writePacked
      writeSfixed32 writeSfixed64 writeSint32 writeSint64 writeString writeUint32 writeUint64
      writeWrapped writeWrappedGroup zero
    `,
    types: `
      BoundMethod Choice ClientBinding Converter Converters Fields GeneratedCodec Implementation JsonExtensions
      JsonForm JsonKey JsonOptions JsonReader JsonReflection JsonType Long MemberName MessageCodec ReservedMember
      RuntimeAtLeast0_1 ServiceDescriptor ServiceMethod ServiceReference WithUnknown
    `,
  },
  "./codegen/schema": {
    values: `
      binaryCodecOf codecOf schemaCodec schemaJson
    `,
    types: `
    `,
  },
  "./codegen/wkt": {
    values: `
    `,
    types: `
      AnyInit ApiInit BoolValueInit BytesValueInit CodeGeneratorRequestInit CodeGeneratorResponseInit
      CodeGeneratorResponse_FileInit DescriptorProtoInit DescriptorProto_ExtensionRangeInit
      DescriptorProto_ReservedRangeInit DoubleValueInit DurationInit EmptyInit EnumDescriptorProtoInit
      EnumDescriptorProto_EnumReservedRangeInit EnumInit EnumOptionsInit EnumValueDescriptorProtoInit
      EnumValueInit EnumValueOptionsInit ExtensionRangeOptionsInit ExtensionRangeOptions_DeclarationInit
      FeatureSetDefaultsInit FeatureSetDefaults_FeatureSetEditionDefaultInit FeatureSetInit
      FeatureSet_ProtoLimitsFeatureInit FeatureSet_VisibilityFeatureInit FieldDescriptorProtoInit FieldInit
      FieldMaskInit FieldOptionsInit FieldOptions_EditionDefaultInit FieldOptions_FeatureSupportInit
      FileDescriptorProtoInit FileDescriptorSetInit FileOptionsInit FloatValueInit GeneratedCodeInfoInit
      GeneratedCodeInfo_AnnotationInit Int32ValueInit Int64ValueInit ListValueInit MessageOptionsInit
      MethodDescriptorProtoInit MethodInit MethodOptionsInit MixinInit OneofDescriptorProtoInit OneofOptionsInit
      OptionInit ServiceDescriptorProtoInit ServiceOptionsInit SourceCodeInfoInit SourceCodeInfo_LocationInit
      SourceContextInit StringValueInit StructInit TimestampInit TypeInit UInt32ValueInit UInt64ValueInit
      UninterpretedOptionInit UninterpretedOption_NamePartInit ValueInit VersionInit
    `,
  },
  "./codegen/wkt-codec": {
    values: `
      AnyCodec AnyJson ApiCodec ApiJson BoolValueCodec BoolValueJson BytesValueCodec BytesValueJson
      DoubleValueCodec DoubleValueJson DurationCodec DurationJson EmptyCodec EmptyJson EnumCodec EnumJson
      EnumValueCodec EnumValueJson FieldCodec FieldJson FieldMaskCodec FieldMaskJson FloatValueCodec
      FloatValueJson Int32ValueCodec Int32ValueJson Int64ValueCodec Int64ValueJson ListValueCodec ListValueJson
      MethodCodec MethodJson MixinCodec MixinJson OptionCodec OptionJson SourceContextCodec SourceContextJson
      StringValueCodec StringValueJson StructCodec StructJson TimestampCodec TimestampJson TypeCodec TypeJson
      UInt32ValueCodec UInt32ValueJson UInt64ValueCodec UInt64ValueJson ValueCodec ValueJson
    `,
    types: `
    `,
  },
  "./transport": {
    values: `
      bindClient bytesCodec checkOptions createRoute createRouter createServiceHandler createTransport envelopes
      errorResponseFor isUnprocessed
    `,
    types: `
      BodyTranscoder BoundClient BoundMethod CallEnd ClientConn ClientExchange ClientProtocol ClientSetup
      CreateRouteOptions Elsewhere Envelopes ErrorResponse ErrorWriterRequest Frame FrameOptions HandlerExchange HandlerProtocol
      HandlerRequest HandlerSetup HeaderLimits HttpClient HttpClientStream HttpFailure HttpRemote
      HttpRequestHead HttpRequestSink HttpResponseSink HttpServerRequest HttpServerStream Implementation
      OpenStream OutgoingMessage RequestHead ResponseBody ResponseEnd ResponseHead ResponseHeadInfo Route RouteAnswer
      RouteContext RouteRequest Router RouterOptions Rule RulesFor ServiceDescriptor ServiceMethod ServiceReference Transport TransportCall
      TransportOptions TransportResponse WholeResponse
    `,
  },
  "./dynamic": {
    values: `
      createClient createHandler esCodec memberName specOf
    `,
    types: `
      DynamicClient DynamicHandler DynamicImplementation DynamicMethod SpecOf TypedHandler TypedMethod
      UntypedHandler UntypedMethod
    `,
  },
  "./node": {
    values: `
      brotli cors createNodeHttpClient createNodeTransport deflate gzip hasZstd nodeHandler nodeRequest serve
      writeError zstd
    `,
    types: `
      ConnectionTarget BrotliCompressionOptions Cors CorsDecision CorsOptions DrainOptions DrainResult Fallback Http2Limits Http2Request
      NodeHandler NodeHandlerOptions NodeHttpClientOptions NodeListener NodeRequest NodeServiceHandler
      NodeTransport NodeTransportOptions ServeOptions Server ZlibCompressionOptions ZstdCompressionOptions
    `,
  },
  "./fetch": {
    values: `
      brotli cors createFetchHttpClient createFetchRpc createFetchTransport deflate errorResponse fetchHandler
      fetchRequest gzip zstd
    `,
    types: `
      Cors CorsDecision CorsOptions FetchClientOptions FetchHandler FetchHandlerOptions FetchRpc
      FetchRpcCallOptions FetchRpcOptions FetchServiceHandler FetchTransportOptions
    `,
  },
  "./in-process": {
    values: `
      createInProcessHttpClient createInProcessTransport fakeClient fakeService
    `,
    types: `
      FakeMethods InProcessTransportOptions
    `,
  },
  "./lambda": {
    values: `
      lambdaHandler lambdaInvocation
    `,
    types: `
      AlbEvent HttpApiEvent LambdaContext LambdaEvent LambdaHandler LambdaHandlerOptions LambdaInvocation
      LambdaResult RestApiEvent
    `,
  },
  "./http2": {
    values: `
      ClientConnection Connection ErrorCode Http2Stream Link Outgoing ServerConnection errorName frameName limitTable
    `,
    types: `
      ConnectionEnd ConnectionHost ConnectionObserver ConnectionOptions Counters Goaway Head LimitRow Limits
      Rate RateCounter RateName RequestRefusal ServerHost Settings StreamReset StreamSink
    `,
  },
  "./node-http2": {
    values: `
      createNodeHttp2Client
    `,
    types: `
      NodeHttp2ClientOptions
    `,
  },
};

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** What the API report of a door says is exported: `pnpm api` writes it, and CI holds it to the declarations. */
function reported(door: string): string[] {
  const file = new URL(`${door === "." ? "runtime" : door.slice(2).replaceAll("/", "-")}.api.md`, etc);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const declared = text.matchAll(/^export (?:declare |abstract )*(?:class|const|function|interface|type) (\w+)/gm);
  const listed = [...text.matchAll(/^export \{ (.*) \}/gm)].flatMap(([, names = ""]) => names.split(", "));
  return [...new Set([...[...declared].map(([, name = ""]) => name), ...listed])].sort();
}

describe.each(Object.keys(doors))("the door %s", (door) => {
  const { values = "", types = "" } = doors[door] ?? {};

  it("has these names", async () => {
    const module = (await import(`@connect-ts/runtime${door.slice(1)}`)) as object;
    expect(Object.keys(module).sort()).toEqual(words(values).sort());
    expect(reported(door)).toEqual([...words(values), ...words(types)].sort());
  });
});

describe("the doors", () => {
  it("are those of package.json", () => {
    const { exports } = JSON.parse(readFileSync(new URL("../package.json", etc), "utf8")) as { exports: object };
    expect(Object.keys(exports).filter((door) => door !== "./package.json")).toEqual(Object.keys(doors));
  });

  it("show at most 70 names to users of clients and handlers", () => {
    const { values = "", types = "" } = doors["."] ?? {};
    expect(words(values).length + words(types).length).toBeLessThanOrEqual(70);
  });
});
