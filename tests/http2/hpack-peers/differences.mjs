// Where Go's and Python's decoders and ours do not agree on what is legal, with what RFC 7541 says.

const differences = [
  {
    reason:
      "two updates of the table size in a block are allowed (4.2); Go refuses the second when the table has entries",
    is: (peer, block, ours, theirs) =>
      peer === "go" && ours === undefined && /MUST occur at the beginning/.test(theirs) && (block[0] & 0xe0) === 0x20,
  },
  {
    reason: "a table size after a field is an error (4.2); Go takes it while its table is empty",
    is: (peer, _block, ours, theirs) =>
      peer === "go" && theirs === undefined && ours === "an update of the table size after a field",
  },
  {
    reason: "a block has at most two updates of the table size (4.2); the peer takes more",
    is: (_peer, _block, ours, theirs) => theirs === undefined && ours === "more than two updates of the table size",
  },
  {
    reason: "an integer with more bytes than it needs is an error above a length of our choice (5.1); Go takes nine",
    is: (peer, _block, ours, theirs) => peer === "go" && theirs === undefined && /^an integer above/.test(ours),
  },
];

/**
 * Why a difference is right, or `undefined` when it is a fault.
 *
 * @param ours - what our decoder refuses the block with, or `undefined`
 * @param theirs - what theirs refuses it with, or `undefined`
 */
export function argued(peer, block, ours, theirs) {
  return differences.find(({ is }) => is(peer, block, ours, theirs))?.reason;
}
