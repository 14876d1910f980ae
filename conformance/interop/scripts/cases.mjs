/** Cases of https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md, as rows of the matrix. */
export const coreCases = [
  "empty_unary",
  "large_unary",
  "client_streaming",
  "server_streaming",
  "ping_pong",
  "empty_stream",
  "custom_metadata",
  "status_code_and_message",
  "special_status_message",
  "unimplemented_method",
  "unimplemented_service",
  "cancel_after_begin",
  "cancel_after_first_response",
  "timeout_on_sleeping_server",
];

export const compressionCases = [
  "client_compressed_unary",
  "server_compressed_unary",
  "client_compressed_streaming",
  "server_compressed_streaming",
];

export const cases = [
  ...coreCases,
  "cacheable_unary",
  ...compressionCases,
  "rpc_soak",
  "channel_soak",
  "concurrent_large_unary",
];

/** Cases of https://github.com/grpc/grpc/blob/master/doc/http2-interop-test-descriptions.md */
export const http2Cases = [
  "goaway",
  "rst_after_header",
  "rst_during_data",
  "rst_after_data",
  "ping",
  "max_streams",
  "data_frame_padding",
  "no_df_padding_sanity_test",
];
