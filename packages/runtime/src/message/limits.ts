// A file of its own: clients and handlers have the same defaults.

/** The largest message read, in bytes, after decompression: 4 MiB. */
export const defaultReadMaxBytes: number = 4 * 1024 * 1024;

/** The largest message sent, in bytes, before compression: what an envelope's length can say. */
export const defaultSendMaxBytes: number = 4_294_967_295;

/** Messages below this size are sent as they are: compressing them costs more than it saves. */
export const defaultCompressMinBytes: number = 16 * 1024;

/** What a response's metadata may have: clients of ours take 16384 bytes and 128 fields, and a response has some of its own. */
export const defaultSendMaxHeaders: { readonly bytes: number; readonly pairs: number } = { bytes: 8192, pairs: 100 };
