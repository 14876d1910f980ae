import type { ReactNode } from "react";
import type { WatchResponse } from "./gen/chat/v1/chat_pb.js";
import { Icon, Mark } from "./icons.js";
import type { Turn } from "./use-conversation.js";

/** What a turn is given. */
export interface TurnProps {
  readonly turn: Turn;
  readonly name: string;
  /** How the server saw the end of the call. */
  readonly seen: WatchResponse | undefined;
  readonly onRetry: () => void;
  readonly onLeave: () => void;
}

/** A sentence of the person, and Eliza's answer. */
export function TurnView({ turn, name, seen, onRetry, onLeave }: TurnProps): ReactNode {
  return (
    <>
      <article className="said" aria-label={name}>
        <p>{turn.sentence}</p>
      </article>
      <article className="answer" aria-label="Eliza" aria-busy={turn.state === "open"}>
        <Mark />
        <div className="answer-body">
          <p className={turn.state === "open" ? "answer-text growing" : "answer-text"}>
            {turn.answer}
            {turn.state === "open" && <span className="caret" aria-hidden="true" />}
          </p>
          {turn.state === "stopped" && (
            <p className="stopped">
              <Icon shape="stop" />
              You stopped this answer.{" "}
              {seen?.status === "canceled" && (
                <span className="seen">{`The server saw it after ${words(seen.responseMessages)}.`}</span>
              )}
            </p>
          )}
          {turn.state === "failed" && (
            <p className="notice" role="alert">
              <Icon shape="alert" />
              {turn.error}
              <button type="button" className="button quiet" onClick={turn.isOver ? onLeave : onRetry}>
                {turn.isOver ? "Sign in again" : "Ask again"}
              </button>
            </p>
          )}
          {turn.state !== "open" && <Facts turn={turn} />}
        </div>
      </article>
    </>
  );
}

/** How the answer came, in small print. */
function Facts({ turn }: { readonly turn: Turn }): ReactNode {
  const { settings, messages, milliseconds, renewed } = turn;
  return (
    <p className="facts">
      <span>{settings.protocol}</span>
      <span>{settings.codec}</span>
      <span>{words(messages)}</span>
      <span>{`${(milliseconds / 1000).toFixed(1)} s`}</span>
      {renewed && (
        <span className="renewed">
          <Icon shape="key" />
          token renewed, call run again
        </span>
      )}
    </p>
  );
}

function words(count: number): string {
  return count === 1 ? "1 word" : `${count} words`;
}
