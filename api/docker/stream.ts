/** First byte of the eight-byte frame header of a multiplexed stream: stream, 0, 0, 0, size (big endian). Apart from the schemas, so that a client needs none of them. */
export const StreamType = { stdin: 0, stdout: 1, stderr: 2 } as const
