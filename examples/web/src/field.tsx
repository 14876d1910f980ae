import { type ReactNode, type RefObject, useId } from "react";
import { Icon } from "./icons.js";

/** What a field is given. */
export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly error: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly autoComplete?: string;
  readonly placeholder?: string;
  readonly ref?: RefObject<HTMLInputElement | null>;
}

/** A field of a form, with what the server says is wrong with it. */
export function Field({ name, label, error, value, onChange, ...rest }: FieldProps): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        {...rest}
      />
      <FieldError id={`${id}-error`} error={error} />
    </div>
  );
}

/** The line below a field. */
export function FieldError({ id, error }: { readonly id: string; readonly error: string | undefined }): ReactNode {
  if (error === undefined) return null;
  return (
    <p className="field-error" id={id}>
      <Icon shape="alert" />
      {error}
    </p>
  );
}
