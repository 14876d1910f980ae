// A file of its own: a release changes it, and a test holds it to package.json.

/** The version that goes into user agents; a test holds it equal to package.json's. */
export const version = "0.1.0";

/** What Connect calls say of this library, unless the user says otherwise. */
export const connectUserAgent: string = `connect-ts/${version}`;
