/** The largest message read, in bytes, after decompression: 4 MiB. */
export const defaultReadMaxBytes: number = 4 * 1024 * 1024;

/** The largest message sent, in bytes, before compression: what an envelope's length can say. */
export const defaultSendMaxBytes: number = 2 ** 32 - 1;

/** Messages below this size are sent as they are: compressing them costs more than it saves. */
export const defaultCompressMinBytes: number = 16 * 1024;
