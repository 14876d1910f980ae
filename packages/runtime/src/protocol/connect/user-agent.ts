import { version } from "../shared/version.js";

/** What Connect calls say of this library, unless the user says otherwise. */
export const connectUserAgent: string = `connect-ts/${version}`;
