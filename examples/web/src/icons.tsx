import type { ReactNode } from "react";

/** Eliza's mark: a speech bubble with two lines. */
export function Mark(): ReactNode {
  return (
    <svg className="mark" viewBox="0 0 40 40" aria-hidden="true">
      <rect width="40" height="40" rx="12" className="mark-ground" />
      <path
        d="M11 16.7a6 6 0 0 1 6-6h6a6 6 0 0 1 6 6v3a6 6 0 0 1-6 6h-3.2L14 30.4v-5.1a6 6 0 0 1-3-5.2z"
        className="mark-bubble"
      />
      <path d="M16 16.4h8M16 20.2h5" className="mark-lines" />
    </svg>
  );
}

const shapes = {
  send: "M10 16V4M4.5 9.5 10 4l5.5 5.5",
  stop: "M6 6h8v8H6z",
  alert: "M10 6.5v4.2M10 13.6v.1M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15z",
  check: "M4.5 10.5l3.6 3.6L15.5 6.5",
  key: "M12.5 3.5a4 4 0 1 1-3.3 6.2L3.5 15.4V17h2.3v-2h2v-2h1.6l1.2-1.5M13 7.2v.1",
  panel: "M3.5 5.5h13M3.5 10h13M3.5 14.5h8",
  close: "M5 5l10 10M15 5 5 15",
} as const;

/** A picture beside a text that says the same. */
export function Icon({ shape }: { readonly shape: keyof typeof shapes }): ReactNode {
  return (
    <svg className={`icon icon-${shape}`} viewBox="0 0 20 20" aria-hidden="true">
      <path d={shapes[shape]} />
    </svg>
  );
}
