// The door of the package: what users import.
export { type Admission, type AdmissionState, admission } from "./admission.js";
export type { AdmissionClock, AdmissionOptions, RefusalReason } from "./options.js";
