// A file of its own: a release changes it, and a test holds it to package.json.

/** The version in package.json; a test holds the two together. */
export const version = "0.1.0";
