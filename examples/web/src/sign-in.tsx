import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { type Account, type Settings, signIn } from "./account.js";
import { Field } from "./field.js";
import { type FieldErrors, fieldErrorsOf, textOf } from "./field-errors.js";
import { Icon } from "./icons.js";

/** What the form is given. */
export interface SignInProps {
  readonly settings: Settings;
  /** Whether the form takes the focus: of a person who comes back from a conversation. */
  readonly isFocused: boolean;
  readonly onSignedIn: (account: Account, topic: string) => void;
}

/** The form to sign in. The server checks it, and each of its complaints is shown at the field that it is about. */
export function SignIn({ settings, isFocused, onSignedIn }: SignInProps): ReactNode {
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [errors, setErrors] = useState<FieldErrors>(new Map());
  const [failure, setFailure] = useState("");
  const [isBusy, setBusy] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const topicField = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (isFocused) nameField.current?.focus();
  }, [isFocused]);

  // Whoever uses the keyboard comes to the first field that is wrong.
  useEffect(() => {
    if (errors.has("name")) nameField.current?.focus();
    else if (errors.has("topic")) topicField.current?.focus();
  }, [errors]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setFailure("");
    // #region sign-in
    try {
      onSignedIn(await signIn(name, topic, settings), topic);
    } catch (error) {
      const fieldErrors = fieldErrorsOf(error);
      setErrors(fieldErrors);
      if (fieldErrors.size === 0) setFailure(textOf(error));
    }
    // #endregion
    setBusy(false);
  };

  return (
    <form className="sign-in" onSubmit={submit} noValidate>
      <Field
        name="name"
        label="Your name"
        autoComplete="given-name"
        placeholder="Ada"
        value={name}
        onChange={setName}
        error={errors.get("name")}
        ref={nameField}
      />
      <Field
        name="topic"
        label="What would you like to talk about?"
        autoComplete="off"
        placeholder="I feel lost in my code"
        value={topic}
        onChange={setTopic}
        error={errors.get("topic")}
        ref={topicField}
      />
      {failure !== "" && (
        <p className="notice" role="alert">
          <Icon shape="alert" />
          {failure}
        </p>
      )}
      <button type="submit" className="button primary wide" aria-disabled={isBusy}>
        {isBusy ? "One moment …" : "Begin"}
      </button>
    </form>
  );
}
