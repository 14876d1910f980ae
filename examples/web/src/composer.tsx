import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { FieldError } from "./field.js";
import type { FieldErrors } from "./field-errors.js";
import { Icon } from "./icons.js";
import type { Conversation } from "./use-conversation.js";

const suggestions = ["My boss never listens", "Tell me a story", "I am tired of meetings"];

/** Where the person writes. Enter sends, Escape stops the answer that comes. */
export function Composer({ conversation }: { readonly conversation: Conversation }): ReactNode {
  const [sentence, setSentence] = useState("");
  const [errors, setErrors] = useState<FieldErrors>(new Map());
  const field = useRef<HTMLTextAreaElement>(null);
  const { isOpen } = conversation;
  const error = errors.get("sentence");

  useEffect(() => field.current?.focus(), []);

  const send = async (text: string): Promise<void> => {
    if (isOpen) return;
    setSentence("");
    setErrors(new Map());
    field.current?.focus();
    const wrong = await conversation.ask(text);
    setErrors(wrong);
    // What was refused can be mended.
    if (wrong.size > 0) setSentence(text);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isOpen) conversation.stop();
    else void send(sentence);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void send(sentence);
    }
    if (event.key === "Escape") conversation.stop();
  };

  return (
    <form className="composer" onSubmit={submit} noValidate>
      <ul className="suggestions" aria-label="Suggestions">
        {suggestions.map((text) => (
          <li key={text}>
            <button type="button" className="chip" onClick={() => void send(text)} aria-disabled={isOpen}>
              {text}
            </button>
          </li>
        ))}
      </ul>
      <div className={error === undefined ? "composer-box" : "composer-box wrong"}>
        <label htmlFor="sentence" className="hidden">
          Say something to Eliza
        </label>
        <textarea
          id="sentence"
          name="sentence"
          rows={1}
          placeholder="Say something to Eliza …"
          value={sentence}
          onChange={(event) => setSentence(event.target.value)}
          onKeyDown={press}
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? "keys" : "sentence-error"}
          ref={field}
        />
        <button type="submit" className={isOpen ? "button round stop" : "button round primary"}>
          <Icon shape={isOpen ? "stop" : "send"} />
          <span className="hidden">{isOpen ? "Stop the answer" : "Send"}</span>
        </button>
      </div>
      <FieldError id="sentence-error" error={error} />
      <p className="keys" id="keys">
        <kbd>Enter</kbd> sends, <kbd>Esc</kbd> stops the answer
      </p>
    </form>
  );
}
