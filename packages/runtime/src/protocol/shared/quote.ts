const limit = 64;

/** Text of a peer, made fit for an error message: quoted, escaped and cut. */
export function quote(text: string): string {
  return text.length > limit ? `${JSON.stringify(text.slice(0, limit))}...` : JSON.stringify(text);
}
