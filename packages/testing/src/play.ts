import { HeaderMap } from "@connect-ts/runtime";
import {
  checkOptions,
  type OutgoingMessage,
  type Transport,
  type TransportCall,
  type TransportResponse,
} from "@connect-ts/runtime/transport";
import { PlayedConn } from "./played-conn.js";
import { Player, type PlayOptions, recordingPeer, untilDue } from "./player.js";
import { comparable, readError } from "./recording.js";

/**
 * A transport that answers calls as a recording by `recordCalls` says: messages, headers, trailers and errors. A call is found by its RPC
 * and its requests; calls that are equal are played in their order. Headers do not count.
 *
 * A call that was not recorded fails with `unimplemented`, and its error shows the nearest recorded call.
 *
 * @param recording - the lines, or the text of a file of them
 *
 * @throws TypeError for a line that is no recorded call
 *
 * @example
 * const eliza = createElizaServiceClient(playCalls(readFileSync("calls.jsonl", "utf8")));
 */
export function playCalls(recording: string | Iterable<string>, options: PlayOptions = {}): Transport {
  checkOptions("playCalls", options, { repeat: undefined, timing: undefined });
  const player = new Player(typeof recording === "string" ? recording.split("\n") : recording, options);
  return {
    peer: () => recordingPeer,
    unary: (call, message) => playUnary(player, call, message),
    stream: (call) => new PlayedConn(player, call),
  };
}

async function playUnary<I, O>(
  player: Player,
  call: TransportCall<I, O>,
  { message }: OutgoingMessage<I>,
): Promise<TransportResponse<O>> {
  const { spec } = call;
  const begin = performance.now();
  const requests = [comparable(spec.input, message)];
  const entry = player.find(spec, requests, true);
  if (entry === undefined) throw player.missing(spec, requests, true);
  entry.isPlayed = true;
  const { responseHeaders, responses, responseTrailers, error, end } = entry.call;
  await untilDue(player, call, begin, end);
  if (error !== undefined) throw readError(error);
  const answer = player.read(entry, spec.output, responses[0] ?? { json: {} });
  return {
    message: answer,
    headers: new HeaderMap(responseHeaders),
    trailers: new HeaderMap(responseTrailers),
    peer: recordingPeer,
    compressed: false,
    bytes: spec.output.toBinary(answer, 0).length,
  };
}
