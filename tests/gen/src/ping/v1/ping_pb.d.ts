import type { GenFile, GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import type { Any } from "@bufbuild/protobuf/wkt";
import type { Message } from "@bufbuild/protobuf";
/**
 * Describes the file ping/v1/ping.proto.
 */
export declare const file_ping_v1_ping: GenFile;
/**
 * PingRequest carries a number, a text and bytes to be sent back.
 *
 * @generated from message ping.v1.PingRequest
 */
export type PingRequest = Message<"ping.v1.PingRequest"> & {
    /**
     * @generated from field: int64 number = 1;
     */
    number: bigint;
    /**
     * @generated from field: string text = 2;
     */
    text: string;
    /**
     * @generated from field: bytes data = 3;
     */
    data: Uint8Array;
    /**
     * A message of any type, to be sent back: JSON needs a type registry for it.
     *
     * @generated from field: google.protobuf.Any any = 4;
     */
    any?: Any | undefined;
    /**
     * Wait this long before the answer, in milliseconds.
     *
     * @generated from field: int32 delay_ms = 5;
     */
    delayMs: number;
};
/**
 * Describes the message ping.v1.PingRequest.
 * Use `create(PingRequestSchema)` to create a new message.
 */
export declare const PingRequestSchema: GenMessage<PingRequest>;
/**
 * PingResponse is what PingRequest carried.
 *
 * @generated from message ping.v1.PingResponse
 */
export type PingResponse = Message<"ping.v1.PingResponse"> & {
    /**
     * @generated from field: int64 number = 1;
     */
    number: bigint;
    /**
     * @generated from field: string text = 2;
     */
    text: string;
    /**
     * @generated from field: bytes data = 3;
     */
    data: Uint8Array;
    /**
     * @generated from field: google.protobuf.Any any = 4;
     */
    any?: Any | undefined;
};
/**
 * Describes the message ping.v1.PingResponse.
 * Use `create(PingResponseSchema)` to create a new message.
 */
export declare const PingResponseSchema: GenMessage<PingResponse>;
/**
 * FailRequest says how to fail.
 *
 * @generated from message ping.v1.FailRequest
 */
export type FailRequest = Message<"ping.v1.FailRequest"> & {
    /**
     * A gRPC status code, 1 to 16.
     *
     * @generated from field: int32 code = 1;
     */
    code: number;
    /**
     * @generated from field: string message = 2;
     */
    message: string;
    /**
     * Attach this detail when it is not empty.
     *
     * @generated from field: string detail = 3;
     */
    detail: string;
};
/**
 * Describes the message ping.v1.FailRequest.
 * Use `create(FailRequestSchema)` to create a new message.
 */
export declare const FailRequestSchema: GenMessage<FailRequest>;
/**
 * FailResponse never comes.
 *
 * @generated from message ping.v1.FailResponse
 */
export type FailResponse = Message<"ping.v1.FailResponse"> & {};
/**
 * Describes the message ping.v1.FailResponse.
 * Use `create(FailResponseSchema)` to create a new message.
 */
export declare const FailResponseSchema: GenMessage<FailResponse>;
/**
 * FailDetail is the detail of a failure.
 *
 * @generated from message ping.v1.FailDetail
 */
export type FailDetail = Message<"ping.v1.FailDetail"> & {
    /**
     * @generated from field: string reason = 1;
     */
    reason: string;
};
/**
 * Describes the message ping.v1.FailDetail.
 * Use `create(FailDetailSchema)` to create a new message.
 */
export declare const FailDetailSchema: GenMessage<FailDetail>;
/**
 * SumRequest is one number.
 *
 * @generated from message ping.v1.SumRequest
 */
export type SumRequest = Message<"ping.v1.SumRequest"> & {
    /**
     * @generated from field: int64 number = 1;
     */
    number: bigint;
};
/**
 * Describes the message ping.v1.SumRequest.
 * Use `create(SumRequestSchema)` to create a new message.
 */
export declare const SumRequestSchema: GenMessage<SumRequest>;
/**
 * SumResponse is the sum of all numbers.
 *
 * @generated from message ping.v1.SumResponse
 */
export type SumResponse = Message<"ping.v1.SumResponse"> & {
    /**
     * @generated from field: int64 sum = 1;
     */
    sum: bigint;
};
/**
 * Describes the message ping.v1.SumResponse.
 * Use `create(SumResponseSchema)` to create a new message.
 */
export declare const SumResponseSchema: GenMessage<SumResponse>;
/**
 * CountUpRequest says how far to count.
 *
 * @generated from message ping.v1.CountUpRequest
 */
export type CountUpRequest = Message<"ping.v1.CountUpRequest"> & {
    /**
     * @generated from field: int64 number = 1;
     */
    number: bigint;
    /**
     * Bytes to attach to each answer.
     *
     * @generated from field: bytes padding = 2;
     */
    padding: Uint8Array;
    /**
     * Fail with this gRPC status code after the last number.
     *
     * @generated from field: int32 fail_code = 3;
     */
    failCode: number;
};
/**
 * Describes the message ping.v1.CountUpRequest.
 * Use `create(CountUpRequestSchema)` to create a new message.
 */
export declare const CountUpRequestSchema: GenMessage<CountUpRequest>;
/**
 * CountUpResponse is one number.
 *
 * @generated from message ping.v1.CountUpResponse
 */
export type CountUpResponse = Message<"ping.v1.CountUpResponse"> & {
    /**
     * @generated from field: int64 number = 1;
     */
    number: bigint;
    /**
     * @generated from field: bytes padding = 2;
     */
    padding: Uint8Array;
};
/**
 * Describes the message ping.v1.CountUpResponse.
 * Use `create(CountUpResponseSchema)` to create a new message.
 */
export declare const CountUpResponseSchema: GenMessage<CountUpResponse>;
/**
 * CumSumRequest is one number.
 *
 * @generated from message ping.v1.CumSumRequest
 */
export type CumSumRequest = Message<"ping.v1.CumSumRequest"> & {
    /**
     * @generated from field: int64 number = 1;
     */
    number: bigint;
};
/**
 * Describes the message ping.v1.CumSumRequest.
 * Use `create(CumSumRequestSchema)` to create a new message.
 */
export declare const CumSumRequestSchema: GenMessage<CumSumRequest>;
/**
 * CumSumResponse is the sum of the numbers so far.
 *
 * @generated from message ping.v1.CumSumResponse
 */
export type CumSumResponse = Message<"ping.v1.CumSumResponse"> & {
    /**
     * @generated from field: int64 sum = 1;
     */
    sum: bigint;
};
/**
 * Describes the message ping.v1.CumSumResponse.
 * Use `create(CumSumResponseSchema)` to create a new message.
 */
export declare const CumSumResponseSchema: GenMessage<CumSumResponse>;
/**
 * PingService is the test kit: it has RPCs of each kind with plain, checkable answers.
 *
 * @generated from service ping.v1.PingService
 */
export declare const PingService: GenService<{
    /**
     * Ping answers with what it was sent.
     *
     * @generated from rpc ping.v1.PingService.Ping
     */
    ping: {
        methodKind: "unary";
        input: typeof PingRequestSchema;
        output: typeof PingResponseSchema;
    };
    /**
     * Fail always fails, with the code, details and metadata that it is asked for.
     *
     * @generated from rpc ping.v1.PingService.Fail
     */
    fail: {
        methodKind: "unary";
        input: typeof FailRequestSchema;
        output: typeof FailResponseSchema;
    };
    /**
     * Sum adds up all numbers that it is sent.
     *
     * @generated from rpc ping.v1.PingService.Sum
     */
    sum: {
        methodKind: "client_streaming";
        input: typeof SumRequestSchema;
        output: typeof SumResponseSchema;
    };
    /**
     * CountUp counts from 1 to a number.
     *
     * @generated from rpc ping.v1.PingService.CountUp
     */
    countUp: {
        methodKind: "server_streaming";
        input: typeof CountUpRequestSchema;
        output: typeof CountUpResponseSchema;
    };
    /**
     * CumSum answers each number with the sum so far.
     *
     * @generated from rpc ping.v1.PingService.CumSum
     */
    cumSum: {
        methodKind: "bidi_streaming";
        input: typeof CumSumRequestSchema;
        output: typeof CumSumResponseSchema;
    };
}>;
