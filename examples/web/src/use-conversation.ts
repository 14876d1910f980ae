import { ConnectError } from "@connect-ts/runtime";
import { useEffect, useReducer, useRef } from "react";
import { type Account, numbered, type Settings } from "./account.js";
import { type FieldErrors, fieldErrorsOf, textOf } from "./field-errors.js";

/** A sentence of the person, and what came of it. */
export interface Turn {
  readonly number: number;
  readonly sentence: string;
  readonly answer: string;
  readonly state: "open" | "done" | "stopped" | "failed";
  readonly settings: Settings;
  readonly messages: number;
  readonly milliseconds: number;
  /** Whether the token was renewed, and the call run again. */
  readonly renewed: boolean;
  readonly error: string;
  /** Whether the session has ended, so that it takes another one to go on. */
  readonly isOver: boolean;
}

type Change =
  | { readonly kind: "begun" }
  | { readonly kind: "asked"; readonly turn: Turn }
  | { readonly kind: "heard"; readonly number: number; readonly text: string }
  | { readonly kind: "ended"; readonly number: number; readonly end: Partial<Turn> }
  | { readonly kind: "taken back"; readonly number: number };

function change(turns: readonly Turn[], change: Change): readonly Turn[] {
  if (change.kind === "begun") return [];
  if (change.kind === "asked") return [...turns, change.turn];
  if (change.kind === "taken back") return turns.filter(({ number }) => number !== change.number);
  return turns.map((turn) => {
    if (turn.number !== change.number) return turn;
    if (change.kind === "ended") return { ...turn, ...change.end };
    return { ...turn, answer: turn.answer + change.text, messages: turn.messages + 1 };
  });
}

/** A conversation, to be shown. */
export interface Conversation {
  readonly turns: readonly Turn[];
  readonly isOpen: boolean;
  /** Asks Eliza. Gives what is wrong with the sentence, if anything is. */
  ask(sentence: string): Promise<FieldErrors>;
  /** Stops the answer that comes. */
  stop(): void;
}

/** A conversation that begins with a sentence. */
export function useConversation(account: Account, settings: Settings, first: string): Conversation {
  const [turns, dispatch] = useReducer(change, []);
  const running = useRef<AbortController | undefined>(undefined);
  const ask = async (sentence: string): Promise<FieldErrors> => {
    const controller = new AbortController();
    running.current = controller;
    const { number, options } = numbered(controller.signal);
    const start = performance.now();
    const { renewals } = account.tokenState();
    const fresh = { answer: "", messages: 0, milliseconds: 0, renewed: false, error: "", isOver: false };
    dispatch({ kind: "asked", turn: { number, sentence, settings, state: "open", ...fresh } });
    const end = (state: Turn["state"], more: Partial<Turn> = {}): void => {
      const milliseconds = Math.round(performance.now() - start);
      const renewed = account.tokenState().renewals > renewals;
      dispatch({ kind: "ended", number, end: { state, milliseconds, renewed, ...more } });
    };
    // #region stream
    try {
      for await (const { text } of account.client(settings).ask({ sentence }, options)) {
        dispatch({ kind: "heard", number, text });
      }
      end("done");
    } catch (error) {
      const { code } = ConnectError.from(error);
      const fieldErrors = fieldErrorsOf(error);
      if (code === "canceled") end("stopped");
      else if (fieldErrors.size > 0) dispatch({ kind: "taken back", number });
      else end("failed", { error: textOf(error), isOver: code === "unauthenticated" });
      return fieldErrors;
    }
    // #endregion
    return new Map();
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins once
  useEffect(() => {
    dispatch({ kind: "begun" });
    void ask(first);
    // Whoever leaves the conversation has no use for the rest of an answer.
    return () => running.current?.abort();
  }, []);

  return { turns, ask, isOpen: turns.at(-1)?.state === "open", stop: () => running.current?.abort() };
}
